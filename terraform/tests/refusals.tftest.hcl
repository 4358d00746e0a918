# Wrong values are refused before anything is made.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}
mock_provider "google-beta" {}

variables {
  project          = "oqtopus-fixture"
  region           = "europe-west1"
  manifest         = "tests/fixtures/functions.yaml"
  packages         = "tests/fixtures/packages.json"
  gateway_document = "tests/fixtures/gateway.yaml"
  alert_email      = "operators@example.org"
  budget           = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 50 }
  mail             = { sender = "oqtopus@example.org" }
}

# A run fails unless every variable that it lists refuses its value.

run "values_that_are_wrong" {
  command = plan

  variables {
    firestore        = { database = "My database" }
    function_limits  = { fronk = { max_instances = 1 } }
    gateway_document = "tests/fixtures/none.yaml"
    llm_provider     = "oracle"
    mail             = { sender = "oqtopus", port = 587 }
    packages         = "tests/fixtures/none.json"
    project          = "My Project"
    region           = "europe-north1"
    secret_versions  = { SECRET_KEY = "latest" }
    settings         = { SECRET_KEY = "in the state" }
    stream_edge      = "cdn"
  }

  expect_failures = [
    var.firestore, var.function_limits, var.gateway_document, var.llm_provider, var.mail, var.packages, var.project, var.region, var.secret_versions,
    var.settings, var.stream_edge,
  ]
}

run "values_that_contradict" {
  command = plan

  variables {
    mail        = { sender = "oqtopus@example.org", port = 25 } # The platform lets nothing out on it.
    settings    = { APP_ENV = "development" }                   # It follows from what this folder is for.
    stream_edge = "load_balancer"                               # Without a domain.
  }

  expect_failures = [var.domain, var.mail, var.settings]
}
