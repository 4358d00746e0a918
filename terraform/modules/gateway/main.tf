# The API gateway: the one public door, which calls the functions under an identity of its own.

resource "google_service_account" "identity" {
  project      = var.project
  account_id   = "oqtopus-gateway"
  display_name = "oqtopus: the gateway's calls to functions"
}

resource "google_api_gateway_api" "api" {
  provider     = google-beta
  project      = var.project
  api_id       = "oqtopus"
  display_name = "oqtopus"
  labels       = var.labels
}

resource "google_api_gateway_api_config" "config" {
  provider             = google-beta
  project              = var.project
  api                  = google_api_gateway_api.api.api_id
  api_config_id_prefix = "oqtopus-"
  display_name         = "oqtopus"
  labels               = var.labels

  openapi_documents {
    document {
      path     = "gateway.yaml"
      contents = base64encode(var.document)
    }
  }

  gateway_config {
    backend_config {
      google_service_account = google_service_account.identity.email
    }
  }

  lifecycle {
    # A config cannot be changed, and the gateway keeps the old one until it has the new one.
    create_before_destroy = true

    precondition {
      condition     = length(var.document) < 1000000 && length(yamldecode(var.document).paths) <= 200
      error_message = "The gateway's document is out of all proportion: something is wrong with its generator."
    }
  }
}

# Whether a gateway holds streams back is settled when it is made, and the provider cannot say it yet: `make deploy`
# makes it with streaming on and imports it here (infra/decisions/0020).
resource "google_api_gateway_gateway" "gateway" {
  provider        = google-beta
  project         = var.project
  region          = var.region
  gateway_id      = "oqtopus"
  display_name    = "oqtopus"
  api_config      = google_api_gateway_api_config.config.id
  labels          = var.labels
  deletion_policy = var.deletion_protection ? "PREVENT" : "DELETE"
}
