# Topics, schedules, what is pushed, and what is dead.

mock_provider "google" {}
mock_provider "google-beta" {}

variables {
  project = "oqtopus-fixture"
  region  = "europe-west1"
}

run "topic_with_a_schedule" {
  module {
    source = "./modules/topic"
  }

  variables {
    name          = "tick.due"
    kms_key       = "key"
    every_minutes = 7
  }

  assert {
    condition     = google_cloud_scheduler_job.schedule[0].schedule == "every 7 minutes"
    error_message = "The schedule has the manifest's interval."
  }

  assert {
    condition = jsondecode(base64decode(google_cloud_scheduler_job.schedule[0].pubsub_target[0].data)) == {
      specversion = "1.0", id = "schedule", source = "/schedules/tick.due", type = "oqtopus.tick.due", datacontenttype = "application/json", data = {}
    }
    error_message = "What it publishes is a message of that topic."
  }

  assert {
    condition     = google_pubsub_topic.topic.kms_key_name == "key" && google_pubsub_topic.topic.message_storage_policy[0].allowed_persistence_regions == toset(["europe-west1"])
    error_message = "Messages are encrypted with our key and stay in the region."
  }
}

run "topic_without_one" {
  module {
    source = "./modules/topic"
  }

  variables {
    name    = "nobody.listens"
    kms_key = "key"
  }

  assert {
    condition     = length(google_cloud_scheduler_job.schedule) == 0 && length(google_pubsub_topic_iam_member.publisher) == 0
    error_message = "Nobody publishes by the clock, and nobody else who is not named."
  }
}

run "subscriptions" {
  module {
    source = "./modules/subscriptions"
  }

  variables {
    function        = "listener"
    audience        = "https://listener-1.europe-west1.run.app"
    delivery        = { attempts = 50, shortest_backoff_seconds = 5, longest_backoff_seconds = 300 }
    kms_key         = "key"
    pubsub_agent    = "serviceAccount:pubsub@example.org"
    timeout_seconds = 90
    topics          = { "tick.due" = "projects/p/topics/tick.due", "thing.done" = "projects/p/topics/thing.done" }
  }

  assert {
    condition     = toset([for subscription in google_pubsub_subscription.push : subscription.name]) == toset(["listener.tick.due", "listener.thing.done"])
    error_message = "A subscription has its function's and its topic's name, as the function checks."
  }

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.push : subscription.dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.dead.id])
    error_message = "Every queue has a dead letter."
  }

  assert {
    condition = alltrue([
      for subscription in google_pubsub_subscription.push :
      subscription.dead_letter_policy[0].max_delivery_attempts == 50 && subscription.retry_policy[0].minimum_backoff == "5s" && subscription.retry_policy[0].maximum_backoff == "300s"
    ])
    error_message = "Delivery is the manifest's."
  }

  assert {
    condition = alltrue([
      for subscription in google_pubsub_subscription.push :
      subscription.push_config[0].push_endpoint == "https://listener-1.europe-west1.run.app/events" &&
      subscription.push_config[0].oidc_token[0].audience == "https://listener-1.europe-west1.run.app" &&
      subscription.push_config[0].oidc_token[0].service_account_email == google_service_account.pusher.email
    ])
    error_message = "A push is signed by the pusher, for its function."
  }

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.push : subscription.ack_deadline_seconds == 100])
    error_message = "Nobody else gets a message while the function may be at work on it."
  }

  assert {
    condition     = alltrue([for subscription in concat(values(google_pubsub_subscription.push), [google_pubsub_subscription.dead]) : subscription.expiration_policy[0].ttl == ""])
    error_message = "No subscription is thrown away for being quiet."
  }

  assert {
    condition     = google_pubsub_subscription.dead.topic == google_pubsub_topic.dead.id && google_pubsub_subscription.dead.name == "dead.listener"
    error_message = "Dead letters are kept."
  }

  assert {
    condition     = length(google_pubsub_subscription_iam_member.acknowledging) == 2 && google_pubsub_topic_iam_member.dead_letters.member == "serviceAccount:pubsub@example.org"
    error_message = "Pub/Sub may move a letter from the queue to the dead ones."
  }
}
