# What else somebody has to know, and the one who is told.

resource "google_monitoring_notification_channel" "mail" {
  project      = var.project
  display_name = "oqtopus: operators"
  type         = "email"
  labels       = { email_address = var.email }
}

resource "google_monitoring_alert_policy" "operator" {
  project               = var.project
  display_name          = "oqtopus: something that does not mend by itself"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = [google_monitoring_notification_channel.mail.id]

  conditions {
    display_name = "an event that needs somebody"

    condition_threshold {
      filter          = "metric.type=\"${local.user_metric}/${google_logging_metric.operator.name}\" AND resource.type=\"cloud_run_revision\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["metric.labels.event", "resource.labels.service_name"]
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = join("\n", [for event, advice in local.operator_events : "- `${event}`: ${advice}"])
  }

  alert_strategy {
    auto_close = "86400s"
  }
}

resource "google_monitoring_alert_policy" "dead_letters" {
  project               = var.project
  display_name          = "oqtopus: messages that nobody could handle"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = [google_monitoring_notification_channel.mail.id]

  conditions {
    display_name = "a dead letter"

    condition_threshold {
      filter          = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=monitoring.regex.full_match(\"dead\\\\..*\")"
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_MAX"
        cross_series_reducer = "REDUCE_MAX"
        group_by_fields      = ["resource.labels.subscription_id"]
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "A function refused a message to the end; the subscription `dead.<function>` holds it for 30 days. Mend the function first, then publish what it holds to its topic again (terraform/README.md, *Dead letters*)."
  }
}

resource "google_monitoring_alert_policy" "saturation" {
  project               = var.project
  display_name          = "oqtopus: a function has all the instances that it may have"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = [google_monitoring_notification_channel.mail.id]

  dynamic "conditions" {
    for_each = var.functions

    content {
      display_name = conditions.key

      condition_threshold {
        filter          = "metric.type=\"run.googleapis.com/container/instance_count\" AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${conditions.key}\" AND metric.labels.state=\"active\""
        comparison      = "COMPARISON_GT"
        threshold_value = conditions.value.max_instances - 1
        duration        = "300s"

        aggregations {
          alignment_period     = "60s"
          per_series_aligner   = "ALIGN_MAX"
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Requests wait or get 429. If they are wanted, raise `max_instances` (infra/functions.yaml, or `function_limits`); infra/decisions/0021 says what stands in the way next."
  }
}

resource "google_monitoring_uptime_check_config" "api" {
  project      = var.project
  display_name = "oqtopus: GET ${var.uptime_path}"
  period       = "300s"
  timeout      = "10s"

  http_check {
    path           = var.uptime_path
    port           = 443
    use_ssl        = true
    validate_ssl   = true
    request_method = "GET"

    accepted_response_status_codes {
      status_class = "STATUS_CLASS_2XX"
    }
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = var.host }
  }
}

resource "google_monitoring_alert_policy" "uptime" {
  project               = var.project
  display_name          = "oqtopus: not reachable from outside"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = [google_monitoring_notification_channel.mail.id]

  conditions {
    display_name = "two places or more get no answer"

    condition_threshold {
      filter          = "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND resource.type=\"uptime_url\" AND metric.labels.check_id=\"${google_monitoring_uptime_check_config.api.uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "0s"

      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.labels.host"]
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "`make smoke URL=https://${var.host}` says which part does not answer."
  }
}
