# One kind of message, who may publish it, and the schedule that does so by itself.

resource "google_pubsub_topic" "topic" {
  project      = var.project
  name         = var.name
  kms_key_name = var.kms_key
  labels       = var.labels

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_cloud_scheduler_job" "schedule" {
  count       = var.every_minutes == null ? 0 : 1
  project     = var.project
  region      = var.region
  name        = replace(var.name, ".", "-")
  description = "Publishes ${var.name} again and again."
  schedule    = "every ${var.every_minutes} minutes"
  time_zone   = "Etc/UTC"

  pubsub_target {
    topic_name = google_pubsub_topic.topic.id

    # The same document at each tick: it has no time of its own, and its readers take the one it was published at.
    data = base64encode(jsonencode({
      specversion     = "1.0"
      id              = "schedule"
      source          = "/schedules/${var.name}"
      type            = "oqtopus.${var.name}"
      datacontenttype = "application/json"
      data            = {}
    }))
  }

  retry_config {
    retry_count = 3
  }
}
