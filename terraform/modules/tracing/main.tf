# Spans are handed over by the functions themselves; they may write traces and read none.

resource "google_project_iam_member" "writer" {
  for_each = var.writers
  project  = var.project
  role     = "roles/telemetry.tracesWriter"
  member   = each.value
}
