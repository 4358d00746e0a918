resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = var.publishers
  project  = var.project
  topic    = google_pubsub_topic.topic.name
  role     = "roles/pubsub.publisher"
  member   = each.value
}
