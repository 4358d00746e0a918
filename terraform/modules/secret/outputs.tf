output "id" {
  description = "The secret's id in its project."
  value       = google_secret_manager_secret.secret.secret_id
}

output "grants" {
  description = "Who may do what by this module."
  value = [
    for grant in google_secret_manager_secret_iam_member.reader :
    { member = grant.member, role = grant.role, on = "secret ${grant.secret_id}", condition = null }
  ]
}
