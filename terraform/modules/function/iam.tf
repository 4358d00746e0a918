# Who may call the function: the identities that are named, and nobody else.

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = var.invokers
  project  = var.project
  location = var.region
  # A function is the Cloud Run service of its name.
  name   = google_cloudfunctions2_function.function.name
  role   = "roles/run.invoker"
  member = each.value
}
