output "address" {
  description = "The address for the domain's A record."
  value       = google_compute_global_address.address.address
}
