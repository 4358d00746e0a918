# What a function is made of.

mock_provider "google" {}
mock_provider "google-beta" {}

variables {
  project = "oqtopus-fixture"
  region  = "europe-west1"
}

run "function" {
  module {
    source = "./modules/function"
  }

  variables {
    name        = "front"
    account     = "oqtopus-front@oqtopus-fixture.iam.gserviceaccount.com"
    description = "Answers people"
    entry_point = "front"
    environment = { APP_ENV = "production" }
    build       = { bucket = "sources", object = "front-0123456789abcdef.zip", repository = "r", service_account = "builder" }
    limits      = { concurrency = 40, cpu = 1, max_instances = 4, memory = "512Mi", timeout_seconds = 30 }
    network     = { network = "n", subnetwork = "s" }
    invokers    = { gateway = "serviceAccount:gateway@example.org" }
  }

  assert {
    condition     = google_cloudfunctions2_function.function.service_config[0].service_account_email == var.account
    error_message = "A function runs as its own account."
  }

  assert {
    condition     = google_cloudfunctions2_function.function.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
    error_message = "A function is internal unless something else is said."
  }

  assert {
    condition = (
      google_cloudfunctions2_function.function.service_config[0].direct_vpc_egress == "VPC_EGRESS_ALL_TRAFFIC" &&
      google_cloudfunctions2_function.function.service_config[0].direct_vpc_network_interface[0].subnetwork == "s"
    )
    error_message = "Everything that leaves goes through the network it was given."
  }

  assert {
    condition     = length(google_cloudfunctions2_function.function.service_config[0].secret_environment_variables) == 0
    error_message = "Secrets are fetched, not injected."
  }

  assert {
    condition     = google_cloudfunctions2_function.function.build_config[0].service_account == "builder"
    error_message = "The build has an account of its own."
  }

  assert {
    condition     = [for grant in google_cloud_run_v2_service_iam_member.invoker : "${grant.role} ${grant.member}"] == ["roles/run.invoker serviceAccount:gateway@example.org"]
    error_message = "Those that are named may call, and nobody else."
  }
}

run "function_without_a_network" {
  module {
    source = "./modules/function"
  }

  variables {
    name        = "front"
    account     = "oqtopus-front@oqtopus-fixture.iam.gserviceaccount.com"
    description = "Answers people"
    entry_point = "front"
    environment = {}
    build       = { bucket = "sources", object = "front-0123456789abcdef.zip", repository = "r", service_account = "builder" }
    limits      = { concurrency = 40, cpu = 1, max_instances = 4, memory = "512Mi", timeout_seconds = 30 }
  }

  assert {
    condition     = length(google_cloudfunctions2_function.function.service_config[0].direct_vpc_network_interface) == 0
    error_message = "It leaves by the platform's own way."
  }

  assert {
    condition     = length(google_cloud_run_v2_service_iam_member.invoker) == 0
    error_message = "Nobody may call it."
  }
}

run "packages" {
  module {
    source = "./modules/packages"
  }

  variables {
    project_number = "123456789012"
    kms_key        = "key"
    packages       = { front = { archive = "../build/front-0123456789abcdef.zip" } }
  }

  assert {
    condition     = google_storage_bucket_object.package["front"].name == "front-0123456789abcdef.zip"
    error_message = "A package keeps its name, and so its hash: a changed one is another object, which makes a new revision."
  }

  assert {
    condition     = google_storage_bucket.sources.public_access_prevention == "enforced" && google_storage_bucket.sources.uniform_bucket_level_access && google_storage_bucket.sources.versioning[0].enabled
    error_message = "The bucket is private and keeps what was there."
  }

  assert {
    condition     = google_project_iam_member.platform_copies.condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-123456789012-\")"
    error_message = "The builder reads the platform's copies of packages and no other bucket."
  }
}

run "encryption" {
  module {
    source = "./modules/encryption"
  }

  variables {
    kms_key = "projects/p/locations/l/keyRings/oqtopus/cryptoKeys/oqtopus"
  }

  assert {
    condition     = toset([for grant in google_kms_crypto_key_iam_member.user : grant.role]) == toset(["roles/cloudkms.cryptoKeyEncrypterDecrypter"]) && length(google_kms_crypto_key_iam_member.user) == 3
    error_message = "The key is used by three services and managed by none."
  }
}
