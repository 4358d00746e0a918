# The functions' packages, the repository of the images made from them, and the account that does the making.

resource "google_storage_bucket" "sources" {
  #checkov:skip=CKV_GCP_62: it holds what the repository holds; Cloud Audit Logs say who writes to it
  project                     = var.project
  name                        = "${var.project}-oqtopus-sources"
  location                    = var.region
  force_destroy               = true # Everything in it can be built again, byte for byte.
  public_access_prevention    = "enforced"
  uniform_bucket_level_access = true
  labels                      = var.labels

  encryption {
    default_kms_key_name = var.kms_key
  }

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 90
    }

    action {
      type = "Delete"
    }
  }
}

resource "google_storage_bucket_object" "package" {
  for_each     = var.packages
  bucket       = google_storage_bucket.sources.name
  name         = basename(each.value.archive)
  source       = each.value.archive
  content_type = "application/zip"

  lifecycle {
    # An object's name has its content's hash in it, so what stands under a name is never written over.
    create_before_destroy = true
  }
}

resource "google_artifact_registry_repository" "images" {
  project       = var.project
  location      = var.region
  repository_id = "oqtopus"
  description   = "Images of the functions, built from their packages."
  format        = "DOCKER"
  kms_key_name  = var.kms_key
  labels        = var.labels

  cleanup_policies {
    id     = "old"
    action = "DELETE"

    condition {
      older_than = "7776000s"
    }
  }

  cleanup_policies {
    id     = "recent"
    action = "KEEP"

    most_recent_versions {
      keep_count = 5
    }
  }
}

resource "google_service_account" "builder" {
  project      = var.project
  account_id   = "oqtopus-builder"
  display_name = "oqtopus: builds functions"
}
