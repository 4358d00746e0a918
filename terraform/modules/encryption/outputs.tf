output "key" {
  description = "The key's full name, once those that need it may use it."
  value       = var.kms_key
  depends_on  = [google_kms_crypto_key_iam_member.user]
}

output "pubsub_agent" {
  description = "Pub/Sub's service agent as an IAM member."
  value       = google_project_service_identity.pubsub.member
}

output "grants" {
  description = "Who may do what by this module."
  value = [
    for grant in google_kms_crypto_key_iam_member.user :
    { member = grant.member, role = grant.role, on = "key", condition = null }
  ]
}
