output "name" {
  description = "The function's name, which is also that of its Cloud Run service."
  value       = google_cloudfunctions2_function.function.name
}

output "ingress" {
  description = "From where the function can be reached."
  value       = google_cloudfunctions2_function.function.service_config[0].ingress_settings
}

output "environment" {
  description = "The settings that the function was given."
  value       = google_cloudfunctions2_function.function.service_config[0].environment_variables
}

output "grants" {
  description = "Who may do what by this module."
  value = [
    for grant in google_cloud_run_v2_service_iam_member.invoker :
    { member = grant.member, role = grant.role, on = "function ${grant.name}", condition = null }
  ]
}

output "limits" {
  description = "What an instance gets and how many there may be."
  value = {
    concurrency     = google_cloudfunctions2_function.function.service_config[0].max_instance_request_concurrency
    cpu             = tonumber(google_cloudfunctions2_function.function.service_config[0].available_cpu)
    max_instances   = google_cloudfunctions2_function.function.service_config[0].max_instance_count
    memory          = google_cloudfunctions2_function.function.service_config[0].available_memory
    min_instances   = google_cloudfunctions2_function.function.service_config[0].min_instance_count
    timeout_seconds = google_cloudfunctions2_function.function.service_config[0].timeout_seconds
  }
}
