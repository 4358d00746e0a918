output "name" {
  description = "The database's id."
  value       = google_firestore_database.database.name
}

output "expiring" {
  description = "What is cleared up by itself: collection and field."
  value       = sort([for key, field in google_firestore_field.field : key if length(field.ttl_config) > 0])
}

output "indexes" {
  description = "The composite indexes: collection, and fields in their order."
  value = sort([
    for index in google_firestore_index.index :
    "${index.collection}: ${join(", ", [for field in index.fields : join(" ", compact([field.field_path, field.order, field.array_config]))])}"
  ])
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
