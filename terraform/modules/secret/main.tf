# One secret of the installation, without its value: that is added by hand and never in Terraform's state.

resource "google_secret_manager_secret" "secret" {
  project             = var.project
  secret_id           = var.name
  deletion_protection = var.deletion_protection
  labels              = var.labels

  # A version that was destroyed by mistake can be had back for a week.
  version_destroy_ttl = "604800s"

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
}
