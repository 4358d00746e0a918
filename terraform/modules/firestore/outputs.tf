output "name" {
  description = "The database's id."
  value       = google_firestore_database.database.name
}

output "grants" {
  description = "Who may do what by this module."
  value = [
    for grant in google_project_iam_member.user : {
      member    = grant.member
      role      = google_project_iam_custom_role.documents.role_id
      on        = "project"
      condition = one(grant.condition[*].expression)
    }
  ]
}
