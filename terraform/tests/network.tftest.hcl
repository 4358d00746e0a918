# The way out.

mock_provider "google" {}
mock_provider "google-beta" {}

variables {
  project = "oqtopus-fixture"
  region  = "europe-west1"
}

run "network" {
  module {
    source = "./modules/network"
  }

  variables {
    name      = "agents"
    addresses = 2
    range     = "10.20.0.0/22"
  }

  assert {
    condition = (
      google_compute_firewall.deny_egress.direction == "EGRESS" && google_compute_firewall.deny_egress.destination_ranges == toset(["0.0.0.0/0"]) &&
      one(google_compute_firewall.deny_egress.deny).protocol == "all"
    )
    error_message = "What is not allowed is denied."
  }

  assert {
    condition     = google_compute_firewall.deny_inside.priority < google_compute_firewall.allow_https.priority && google_compute_firewall.allow_https.priority < google_compute_firewall.deny_egress.priority
    error_message = "Inside is denied before anything is allowed, and everything else after."
  }

  assert {
    condition     = one(google_compute_firewall.allow_https.allow).ports == tolist(["443", "8443"]) && one(google_compute_firewall.allow_https.allow).protocol == "tcp"
    error_message = "Only TLS gets out."
  }

  assert {
    condition     = length(setsubtract(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"], google_compute_firewall.deny_inside.destination_ranges)) == 0
    error_message = "Private, shared, link-local and loopback ranges are inside."
  }

  assert {
    condition     = google_compute_subnetwork.subnetwork.private_ip_google_access && google_compute_subnetwork.subnetwork.stack_type == "IPV4_ONLY" && length(google_compute_subnetwork.subnetwork.log_config) == 1
    error_message = "Google's services are reached privately, there is no IPv6, and flows are logged."
  }

  assert {
    condition     = google_compute_router_nat.nat.nat_ip_allocate_option == "MANUAL_ONLY" && length(google_compute_address.exit) == 2
    error_message = "Calls come from addresses that agents can be told."
  }

  assert {
    condition     = google_dns_policy.logging.enable_logging
    error_message = "What names resolve to is kept."
  }
}
