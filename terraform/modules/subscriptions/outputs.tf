output "dead_letters" {
  description = "The subscription that holds what the function refused to the end."
  value       = google_pubsub_subscription.dead.name
}

output "pusher" {
  description = "The identity that pushes, as an IAM member."
  value       = google_service_account.pusher.member
}

output "grants" {
  description = "Who may do what by this module."
  value = concat(
    [{
      member    = google_service_account_iam_member.token_creator.member
      role      = google_service_account_iam_member.token_creator.role
      on        = "account of push to ${var.function}"
      condition = null
    }],
    [{
      member    = google_pubsub_topic_iam_member.dead_letters.member
      role      = google_pubsub_topic_iam_member.dead_letters.role
      on        = "topic ${google_pubsub_topic_iam_member.dead_letters.topic}"
      condition = null
    }],
    [
      for grant in google_pubsub_subscription_iam_member.acknowledging :
      { member = grant.member, role = grant.role, on = "subscription ${grant.subscription}", condition = null }
    ],
  )
}
