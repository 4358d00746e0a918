# Who hears of what.

mock_provider "google" {}
mock_provider "google-beta" {}

variables {
  project = "oqtopus-fixture"
  region  = "europe-west1"
}

run "monitoring" {
  module {
    source = "./modules/monitoring"
  }

  variables {
    email       = "operators@example.org"
    host        = "oqtopus.example.org"
    uptime_path = "/v1/things"
    functions = {
      front    = { is_public = true, max_instances = 4, streams = false }
      listener = { is_public = false, max_instances = 3, streams = false }
      stream   = { is_public = true, max_instances = 9, streams = true }
    }
  }

  assert {
    condition     = toset(keys(google_monitoring_slo.objective)) == toset(["answers", "availability", "search_speed", "speed"])
    error_message = "There are four objectives."
  }

  assert {
    condition = (
      strcontains(google_monitoring_slo.objective["availability"].request_based_sli[0].good_total_ratio[0].total_service_filter, "one_of(\"front\",\"stream\")") &&
      strcontains(google_monitoring_slo.objective["speed"].request_based_sli[0].distribution_cut[0].distribution_filter, "one_of(\"front\")")
    )
    error_message = "Availability is of what people reach, speed of what does not stream."
  }

  assert {
    condition = (
      google_logging_metric.agent_calls.label_extractors["outcome"] == "EXTRACT(jsonPayload.outcome)" &&
      toset([for metric in google_logging_metric.first : metric.value_extractor]) == toset(["EXTRACT(jsonPayload.first_event_ms)", "EXTRACT(jsonPayload.first_words_ms)"]) &&
      toset([for metric in google_logging_metric.model_tokens : metric.value_extractor]) == toset(["EXTRACT(jsonPayload.input_tokens)", "EXTRACT(jsonPayload.output_tokens)"])
    )
    error_message = "Agents' outcomes, the time to what comes first, and models' tokens are counted."
  }

  assert {
    condition     = startswith(google_logging_metric.answered.filter, "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=(\"front\" OR \"listener\" OR \"stream\") AND ")
    error_message = "What is counted is what our functions log, in the language of logs and not in that of metrics."
  }

  assert {
    condition     = length(google_monitoring_alert_policy.burn) == 8 && alltrue([for policy in google_monitoring_alert_policy.burn : length(policy.conditions) == 2 && policy.combiner == "AND"])
    error_message = "Each objective has a fast and a slow alarm, over a long and a short window."
  }

  assert {
    condition = alltrue([
      for policy in concat(values(google_monitoring_alert_policy.burn), [
        google_monitoring_alert_policy.dead_letters, google_monitoring_alert_policy.operator, google_monitoring_alert_policy.saturation, google_monitoring_alert_policy.uptime,
      ]) : policy.notification_channels == tolist([google_monitoring_notification_channel.mail.id]) && length(policy.documentation) == 1
    ])
    error_message = "Every alarm reaches somebody and says what to do."
  }

  assert {
    condition = 22 == sum([
      for policy in concat(values(google_monitoring_alert_policy.burn), [
        google_monitoring_alert_policy.dead_letters, google_monitoring_alert_policy.operator, google_monitoring_alert_policy.saturation, google_monitoring_alert_policy.uptime,
      ]) : length(policy.conditions)
    ])
    error_message = "Conditions cost money each: 19 and one for each function, as infra/costs.py has it."
  }

  assert {
    condition     = toset([for condition in google_monitoring_alert_policy.saturation.conditions : "${condition.display_name} ${condition.condition_threshold[0].threshold_value}"]) == toset(["front 3", "listener 2", "stream 8"])
    error_message = "An alarm rings when a function has all its instances."
  }

  assert {
    condition = (
      google_monitoring_uptime_check_config.api.http_check[0].path == "/v1/things" && google_monitoring_uptime_check_config.api.http_check[0].use_ssl &&
      google_monitoring_uptime_check_config.api.monitored_resource[0].labels.host == "oqtopus.example.org"
    )
    error_message = "Somebody asks from outside, over TLS."
  }

  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.oqtopus.dashboard_json).mosaicLayout.tiles) == 18
    error_message = "The dashboard has its charts."
  }

  assert {
    condition = length(distinct([
      for tile in jsondecode(google_monitoring_dashboard.oqtopus.dashboard_json).mosaicLayout.tiles : "${tile.xPos}/${tile.yPos}"
    ])) == 18
    error_message = "No chart lies on another."
  }
}

run "budget" {
  module {
    source = "./modules/budget"
  }

  variables {
    billing_account = "012345-6789AB-CDEF01"
    channels        = ["channel"]
    monthly_amount  = 50
    project_number  = "123456789012"
  }

  assert {
    condition     = [for rule in google_billing_budget.budget.threshold_rules : "${rule.threshold_percent} ${rule.spend_basis == null ? "" : rule.spend_basis}"] == ["0.5 ", "0.9 ", "1 ", "1 FORECASTED_SPEND"]
    error_message = "Half, nearly all, all, and what the month will come to."
  }

  assert {
    condition     = google_billing_budget.budget.amount[0].specified_amount[0].units == "50" && google_billing_budget.budget.all_updates_rule[0].monitoring_notification_channels == tolist(["channel"])
    error_message = "Who is told of alerts is told of money, too."
  }
}
