# An account that one function runs as. What it may do is said by the modules of what it does that with.

resource "google_service_account" "identity" {
  project      = var.project
  account_id   = "oqtopus-${var.name}"
  display_name = "oqtopus: ${var.name}"
  description  = var.description
}
