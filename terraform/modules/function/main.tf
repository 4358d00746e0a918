# One function of the manifest.

resource "google_cloudfunctions2_function" "function" {
  #checkov:skip=CKV_GCP_124: the API gateway reaches a function over its public address; who may call is IAM's affair (iam.tf), and a function that the gateway does not call is internal
  project     = var.project
  location    = var.region
  name        = var.name
  description = var.description
  labels      = var.labels

  build_config {
    runtime           = var.runtime
    entry_point       = var.entry_point
    service_account   = var.build.service_account
    docker_repository = var.build.repository

    # The lock has hashes, which is what pip checks; the default installer changes with the runtime.
    environment_variables = { GOOGLE_PYTHON_PACKAGE_MANAGER = "pip" }

    source {
      storage_source {
        bucket = var.build.bucket
        object = var.build.object
      }
    }
  }

  service_config {
    service_account_email            = var.account
    available_memory                 = var.limits.memory
    available_cpu                    = tostring(var.limits.cpu)
    max_instance_request_concurrency = var.limits.concurrency
    timeout_seconds                  = var.limits.timeout_seconds
    min_instance_count               = var.limits.min_instances
    max_instance_count               = var.limits.max_instances
    ingress_settings                 = var.ingress
    environment_variables            = var.environment
    all_traffic_on_latest_revision   = true

    # All that leaves goes through our own network, what is meant for Google as well.
    direct_vpc_egress = var.network == null ? null : "VPC_EGRESS_ALL_TRAFFIC"

    dynamic "direct_vpc_network_interface" {
      for_each = var.network == null ? [] : [var.network]

      content {
        network    = direct_vpc_network_interface.value.network
        subnetwork = direct_vpc_network_interface.value.subnetwork
        tags       = direct_vpc_network_interface.value.tags
      }
    }
  }
}
