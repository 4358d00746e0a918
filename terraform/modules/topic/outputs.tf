output "id" {
  description = "The topic's full name."
  value       = google_pubsub_topic.topic.id
}

output "name" {
  description = "The topic's name in its project."
  value       = google_pubsub_topic.topic.name
}

output "grants" {
  description = "Who may do what by this module."
  value = [
    for grant in google_pubsub_topic_iam_member.publisher :
    { member = grant.member, role = grant.role, on = "topic ${grant.topic}", condition = null }
  ]
}
