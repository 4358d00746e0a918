output "email" {
  description = "The account's address."
  value       = google_service_account.identity.email
}

output "member" {
  description = "The account as an IAM member."
  value       = google_service_account.identity.member
}
