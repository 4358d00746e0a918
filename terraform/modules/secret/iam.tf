# Readers get values; nobody gets to list, add or change them by this.

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each  = var.readers
  project   = var.project
  secret_id = google_secret_manager_secret.secret.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value
}
