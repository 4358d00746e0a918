# Who may use the installation's key: the agents of the services that keep things with it. The key itself is made by
# `make bootstrap` and outlives every deployment, because what it encrypted could not be read without it.

resource "google_project_service_identity" "pubsub" {
  provider = google-beta
  project  = var.project
  service  = "pubsub.googleapis.com"
}

resource "google_project_service_identity" "artifact_registry" {
  provider = google-beta
  project  = var.project
  service  = "artifactregistry.googleapis.com"
}

data "google_storage_project_service_account" "storage" {
  project = var.project
}

resource "google_kms_crypto_key_iam_member" "user" {
  for_each = {
    artifact_registry = google_project_service_identity.artifact_registry.member
    pubsub            = google_project_service_identity.pubsub.member
    storage           = data.google_storage_project_service_account.storage.member
  }

  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}
