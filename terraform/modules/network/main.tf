# The way out for functions that call agents, which strangers run: nothing inside can be reached from here, whatever an
# agent's name resolves to. It stands behind the functions' own check of every address (oqtopus/security/egress.py),
# whose table of IPv4 ranges this one repeats; a test compares the two.

locals {
  denied_ranges = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
  ]
}

resource "google_compute_network" "network" {
  project                         = var.project
  name                            = "oqtopus-${var.name}"
  description                     = "Functions that call agents leave through here."
  auto_create_subnetworks         = false
  delete_default_routes_on_create = false
  routing_mode                    = "REGIONAL"
}

resource "google_compute_subnetwork" "subnetwork" {
  #checkov:skip=CKV_GCP_76: the subnetwork has no IPv6 addresses at all
  project                  = var.project
  region                   = var.region
  name                     = "oqtopus-${var.name}"
  network                  = google_compute_network.network.id
  ip_cidr_range            = var.range
  stack_type               = "IPV4_ONLY"
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "EXCLUDE_ALL_METADATA"
  }
}

resource "google_compute_firewall" "deny_inside" {
  project            = var.project
  name               = "oqtopus-${var.name}-deny-inside"
  description        = "Ranges that no agent can be in, before anything is allowed."
  network            = google_compute_network.network.id
  direction          = "EGRESS"
  priority           = 900
  destination_ranges = local.denied_ranges

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_firewall" "allow_https" {
  project            = var.project
  name               = "oqtopus-${var.name}-allow-https"
  description        = "Agents, models and Google's own services."
  network            = google_compute_network.network.id
  direction          = "EGRESS"
  priority           = 1000
  destination_ranges = ["0.0.0.0/0"]

  allow {
    protocol = "tcp"
    ports    = ["443", "8443"]
  }
}

resource "google_compute_firewall" "deny_egress" {
  project            = var.project
  name               = "oqtopus-${var.name}-deny-egress"
  description        = "Everything else."
  network            = google_compute_network.network.id
  direction          = "EGRESS"
  priority           = 65534
  destination_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_firewall" "deny_ingress" {
  project       = var.project
  name          = "oqtopus-${var.name}-deny-ingress"
  description   = "Nothing listens here."
  network       = google_compute_network.network.id
  direction     = "INGRESS"
  priority      = 65534
  source_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "EXCLUDE_ALL_METADATA"
  }
}

resource "google_compute_address" "exit" {
  count       = var.addresses
  project     = var.project
  region      = var.region
  name        = "oqtopus-${var.name}-${count.index}"
  description = "Agents may be told to admit this address alone."
}

resource "google_compute_router" "router" {
  project = var.project
  region  = var.region
  name    = "oqtopus-${var.name}"
  network = google_compute_network.network.id
}

resource "google_compute_router_nat" "nat" {
  project                             = var.project
  region                              = var.region
  name                                = "oqtopus-${var.name}"
  router                              = google_compute_router.router.name
  nat_ip_allocate_option              = "MANUAL_ONLY"
  nat_ips                             = google_compute_address.exit[*].self_link
  source_subnetwork_ip_ranges_to_nat  = "LIST_OF_SUBNETWORKS"
  enable_dynamic_port_allocation      = true
  enable_endpoint_independent_mapping = false
  min_ports_per_vm                    = 64
  max_ports_per_vm                    = 4096

  subnetwork {
    name                    = google_compute_subnetwork.subnetwork.id
    source_ip_ranges_to_nat = ["PRIMARY_IP_RANGE"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

resource "google_dns_policy" "logging" {
  project        = var.project
  name           = "oqtopus-${var.name}"
  description    = "What agents' names resolve to is kept, for whoever has to look into an attack."
  enable_logging = true

  networks {
    network_url = google_compute_network.network.id
  }
}
