# Documents of this database and nothing around them: no indexes, no exports, no other database of the project.

resource "google_project_iam_custom_role" "documents" {
  project     = var.project
  role_id     = "oqtopusDocuments"
  title       = "oqtopus: reads and writes documents"
  description = "What the stores of the functions call: get, query, commit."
  permissions = [
    "datastore.databases.get",
    "datastore.entities.create",
    "datastore.entities.delete",
    "datastore.entities.get",
    "datastore.entities.list",
    "datastore.entities.update",
  ]
}

resource "google_project_iam_member" "user" {
  for_each = var.users
  project  = var.project
  role     = google_project_iam_custom_role.documents.name
  member   = each.value

  condition {
    title      = "this_database_only"
    expression = "resource.name == \"projects/${var.project}/databases/${google_firestore_database.database.name}\""
  }
}
