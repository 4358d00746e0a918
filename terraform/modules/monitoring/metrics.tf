# What the functions log, counted. The events' names are those of the code; a test looks them up there.

locals {
  logged = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=(${join(" OR ", [for name in sort(keys(var.functions)) : "\"${name}\""])})"

  # Each of these means that somebody has to do something, and says what.
  operator_events = {
    key_work_failed       = "Keys of an agent that ought to be destroyed are not, and will not be by waiting: see the event's `failure`."
    mail_login_refused    = "The mail server does not accept SENDER_APP_PASSWORD: add a new version of that secret and deploy."
    mail_sender_refused   = "The mail server does not accept SENDER_EMAIL as a sender."
    message_dropped       = "More messages wait for Pub/Sub than an instance holds: is Pub/Sub away, or a quota used up?"
    message_not_published = "A message was given up after 15 s: is Pub/Sub away, or a publisher's role missing?"
    models_at_ceiling     = "Today's MODEL_CALLS_PER_DAY are used; the embedded model answers until midnight UTC."
    not_configured        = "A function does not work for want of a setting or a secret, which the event's `reason` names."
    vault_call_refused    = "Secret Manager refuses a function's account: has a role of terraform/modules/agent_keys gone?"
  }
}

resource "google_logging_metric" "answered" {
  project     = var.project
  name        = "oqtopus/searches_answered"
  description = "Searches that ended with an answer."
  filter      = "${local.logged} AND jsonPayload.message=\"search_finished\" AND jsonPayload.is_answered=true"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key         = "routed_by"
      value_type  = "STRING"
      description = "Who chose the categories."
    }
  }

  label_extractors = { routed_by = "EXTRACT(jsonPayload.routed_by)" }
}

resource "google_logging_metric" "unanswered" {
  project     = var.project
  name        = "oqtopus/searches_unanswered"
  description = "Searches that ended without an answer, or broke."
  filter = join(" AND ", [
    local.logged,
    "(jsonPayload.message=\"search_failed\" OR (jsonPayload.message=\"search_finished\" AND jsonPayload.is_answered=false))",
  ])

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
  }
}

resource "google_logging_metric" "duration" {
  project         = var.project
  name            = "oqtopus/search_duration"
  description     = "From a search's start to its last event."
  filter          = "${local.logged} AND jsonPayload.message=\"search_finished\""
  value_extractor = "EXTRACT(jsonPayload.ms)"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "ms"
  }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 40
      growth_factor      = 1.35
      scale              = 10
    }
  }
}

# To the first event, which says that the search is paid for, and to the first words of its answer.
resource "google_logging_metric" "first" {
  for_each = { event = "first_event_ms", words = "first_words_ms" }

  project         = var.project
  name            = "oqtopus/search_first_${each.key}"
  description     = "From a search's start to its first ${each.key}."
  filter          = "${local.logged} AND jsonPayload.message=\"search_finished\""
  value_extractor = "EXTRACT(jsonPayload.${each.value})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "ms"
  }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 40
      growth_factor      = 1.35
      scale              = 10
    }
  }
}

# Labels are outcomes, of which there are thirteen, and never agents, of which there is no end.
resource "google_logging_metric" "agent_calls" {
  project         = var.project
  name            = "oqtopus/agent_calls"
  description     = "Calls of agents by their outcome, and how long each took."
  filter          = "${local.logged} AND jsonPayload.message=\"agent_called\""
  value_extractor = "EXTRACT(jsonPayload.ms)"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "ms"

    labels {
      key         = "outcome"
      value_type  = "STRING"
      description = "`answered`, or the reason why the call failed."
    }
  }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 40
      growth_factor      = 1.35
      scale              = 10
    }
  }

  label_extractors = { outcome = "EXTRACT(jsonPayload.outcome)" }
}

resource "google_logging_metric" "model_tokens" {
  for_each = { input = "input_tokens", output = "output_tokens" }

  project         = var.project
  name            = "oqtopus/model_tokens_${each.key}"
  description     = "Tokens (${each.key}) of a call of a paid model, as its provider counts them."
  filter          = "${local.logged} AND jsonPayload.message=\"model_called\""
  value_extractor = "EXTRACT(jsonPayload.${each.value})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "1"

    labels {
      key         = "model"
      value_type  = "STRING"
      description = "`gemini` or `openai`."
    }

    labels {
      key         = "task"
      value_type  = "STRING"
      description = "`route` or `write`."
    }
  }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 30
      growth_factor      = 1.5
      scale              = 10
    }
  }

  label_extractors = {
    model = "EXTRACT(jsonPayload.model)"
    task  = "EXTRACT(jsonPayload.task)"
  }
}

resource "google_logging_metric" "model_failures" {
  project     = var.project
  name        = "oqtopus/model_failures"
  description = "Calls of a paid model that failed, by reason."
  filter      = "${local.logged} AND jsonPayload.message=\"model_failed\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key         = "reason"
      value_type  = "STRING"
      description = "Why."
    }
  }

  label_extractors = { reason = "EXTRACT(jsonPayload.reason)" }
}

resource "google_logging_metric" "security" {
  project     = var.project
  name        = "oqtopus/security_events"
  description = "What somebody tried and was refused."
  filter = join(" AND ", [
    local.logged,
    "jsonPayload.message=(${join(" OR ", [for event in local.security_events : "\"${event}\""])})",
  ])

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key         = "event"
      value_type  = "STRING"
      description = "Its name."
    }
  }

  label_extractors = { event = "EXTRACT(jsonPayload.message)" }
}

resource "google_logging_metric" "operator" {
  project     = var.project
  name        = "oqtopus/needs_operator"
  description = "Events that do not mend by themselves."
  filter = join(" AND ", [
    local.logged,
    "jsonPayload.message=(${join(" OR ", [for event in keys(local.operator_events) : "\"${event}\""])})",
  ])

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key         = "event"
      value_type  = "STRING"
      description = "Its name."
    }
  }

  label_extractors = { event = "EXTRACT(jsonPayload.message)" }
}

locals {
  security_events = ["agent_refused", "agent_url_refused", "login_failed", "push_refused", "quota_refused"]
}
