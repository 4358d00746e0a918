# What the project must have switched on, and what is written down about who read a secret.

data "google_project" "project" {
  project_id = var.project
}

resource "google_project_service" "service" {
  for_each = toset([
    "apigateway.googleapis.com",
    "artifactregistry.googleapis.com",
    "billingbudgets.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudscheduler.googleapis.com",
    "cloudtrace.googleapis.com",
    "compute.googleapis.com",
    "dns.googleapis.com",
    "firebaserules.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "servicecontrol.googleapis.com",
    "servicemanagement.googleapis.com",
    "storage.googleapis.com",
    "telemetry.googleapis.com",
  ])

  project            = var.project
  service            = each.value
  disable_on_destroy = false
}

resource "google_project_iam_audit_config" "secrets" {
  project = var.project
  service = "secretmanager.googleapis.com"

  dynamic "audit_log_config" {
    for_each = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"]

    content {
      log_type = audit_log_config.value
    }
  }
}

module "encryption" {
  source  = "./modules/encryption"
  project = var.project
  kms_key = "projects/${var.project}/locations/${var.region}/keyRings/oqtopus/cryptoKeys/oqtopus"

  depends_on = [google_project_service.service]
}

module "budget" {
  source          = "./modules/budget"
  billing_account = var.budget.billing_account
  channels        = [module.monitoring.channel]
  currency        = var.budget.currency
  monthly_amount  = var.budget.monthly_amount
  project_number  = data.google_project.project.number
}
