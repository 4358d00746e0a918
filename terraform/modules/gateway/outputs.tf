output "config" {
  description = "The full name of the config that the gateway serves."
  value       = google_api_gateway_api_config.config.id
}

output "hostname" {
  description = "The gateway's own host name."
  value       = google_api_gateway_gateway.gateway.default_hostname
}

output "id" {
  description = "The gateway's id in its region."
  value       = google_api_gateway_gateway.gateway.gateway_id
}

output "member" {
  description = "The gateway's identity as an IAM member."
  value       = google_service_account.identity.member
}
