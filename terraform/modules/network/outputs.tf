output "addresses" {
  description = "Where calls to agents come from."
  value       = google_compute_address.exit[*].address
}

output "interface" {
  description = "What a function needs to leave through here."
  value = {
    network    = google_compute_network.network.id
    subnetwork = google_compute_subnetwork.subnetwork.id
  }
}
