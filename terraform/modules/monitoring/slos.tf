# What people may expect over four weeks, and the alarms that ring while there is still time: a burn rate of 14.4 uses up
# a fiftieth of the month's failures in an hour, one of 6 a twentieth in six hours.

locals {
  public_functions = join(",", [for name in sort(keys(var.functions)) : "\"${name}\"" if var.functions[name].is_public])
  quick_functions = join(",", [
    for name in sort(keys(var.functions)) : "\"${name}\"" if var.functions[name].is_public && !var.functions[name].streams
  ])
  user_metric = "logging.googleapis.com/user"

  objectives = {
    availability = {
      title = "Requests that do not fail for our fault"
      goal  = 0.995
      total = "metric.type=\"run.googleapis.com/request_count\" resource.type=\"cloud_run_revision\" resource.labels.service_name=one_of(${local.public_functions})"
      bad   = "metric.type=\"run.googleapis.com/request_count\" resource.type=\"cloud_run_revision\" resource.labels.service_name=one_of(${local.public_functions}) metric.labels.response_code_class=\"5xx\""
    }
    answers = {
      title = "Searches that end with an answer"
      goal  = 0.98
      good  = "metric.type=\"${local.user_metric}/${google_logging_metric.answered.name}\" resource.type=\"cloud_run_revision\""
      bad   = "metric.type=\"${local.user_metric}/${google_logging_metric.unanswered.name}\" resource.type=\"cloud_run_revision\""
    }
    speed = {
      title   = "Requests other than searches answered within a second"
      goal    = 0.95
      values  = "metric.type=\"run.googleapis.com/request_latencies\" resource.type=\"cloud_run_revision\" resource.labels.service_name=one_of(${local.quick_functions})"
      at_most = 1000
    }
    search_speed = {
      title   = "Searches finished within 15 seconds"
      goal    = 0.95
      values  = "metric.type=\"${local.user_metric}/${google_logging_metric.duration.name}\" resource.type=\"cloud_run_revision\""
      at_most = 15000
    }
  }

  alarms = {
    fast = { burn = 14.4, long = "3600s", short = "300s", severity = "CRITICAL" }
    slow = { burn = 6, long = "21600s", short = "1800s", severity = "WARNING" }
  }
}

resource "google_monitoring_custom_service" "oqtopus" {
  project      = var.project
  service_id   = "oqtopus"
  display_name = "oqtopus"
}

resource "google_monitoring_slo" "objective" {
  for_each            = local.objectives
  project             = var.project
  service             = google_monitoring_custom_service.oqtopus.service_id
  slo_id              = replace(each.key, "_", "-")
  display_name        = each.value.title
  goal                = each.value.goal
  rolling_period_days = 28

  request_based_sli {
    dynamic "good_total_ratio" {
      for_each = can(each.value.bad) ? [each.value] : []

      content {
        total_service_filter = try(good_total_ratio.value.total, null)
        good_service_filter  = try(good_total_ratio.value.good, null)
        bad_service_filter   = good_total_ratio.value.bad
      }
    }

    dynamic "distribution_cut" {
      for_each = can(each.value.values) ? [each.value] : []

      content {
        distribution_filter = distribution_cut.value.values

        range {
          min = 0
          max = distribution_cut.value.at_most
        }
      }
    }
  }
}

resource "google_monitoring_alert_policy" "burn" {
  for_each = {
    for pair in setproduct(keys(local.objectives), keys(local.alarms)) :
    "${pair[0]}/${pair[1]}" => { objective = pair[0], alarm = local.alarms[pair[1]] }
  }

  project               = var.project
  display_name          = "oqtopus: ${local.objectives[each.value.objective].title} (${each.key})"
  combiner              = "AND"
  severity              = each.value.alarm.severity
  notification_channels = [google_monitoring_notification_channel.mail.id]

  dynamic "conditions" {
    for_each = [each.value.alarm.long, each.value.alarm.short]

    content {
      display_name = "burning ${each.value.alarm.burn} times too fast over ${conditions.value}"

      condition_threshold {
        filter          = "select_slo_burn_rate(\"${google_monitoring_slo.objective[each.value.objective].name}\", \"${conditions.value}\")"
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.alarm.burn
        duration        = "0s"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "The failures that four weeks may have are used up ${each.value.alarm.burn} times too fast. The dashboard says where; terraform/README.md says how to roll back."
  }

  alert_strategy {
    auto_close = "86400s"
  }
}
