# What one function is pushed, by an identity that may do nothing else, and what it refuses to the end.

resource "google_service_account" "pusher" {
  project      = var.project
  account_id   = "oqtopus-push-${var.function}"
  display_name = "oqtopus: pushes messages to ${var.function}"
}

resource "google_pubsub_subscription" "push" {
  for_each = var.topics
  project  = var.project
  name     = "${var.function}.${each.key}"
  topic    = each.value
  labels   = var.labels

  # While the function may still be at work, nobody else should be.
  ack_deadline_seconds       = min(600, var.timeout_seconds + 10)
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = "" # A subscription that nothing came to for a month is still needed.
  }

  push_config {
    push_endpoint = "${var.audience}/events"

    oidc_token {
      service_account_email = google_service_account.pusher.email
      audience              = var.audience
    }
  }

  retry_policy {
    minimum_backoff = "${var.delivery.shortest_backoff_seconds}s"
    maximum_backoff = "${var.delivery.longest_backoff_seconds}s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead.id
    max_delivery_attempts = var.delivery.attempts
  }
}

resource "google_pubsub_topic" "dead" {
  project      = var.project
  name         = "dead.${var.function}"
  kms_key_name = var.kms_key
  labels       = var.labels

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_pubsub_subscription" "dead" {
  project                    = var.project
  name                       = "dead.${var.function}"
  topic                      = google_pubsub_topic.dead.id
  labels                     = var.labels
  message_retention_duration = "2592000s" # Long enough to come back from a holiday, mend the function, and replay.

  expiration_policy {
    ttl = ""
  }
}
