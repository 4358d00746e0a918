variable "audience" {
  description = "The function's address, which is what the pusher's tokens are for."
  type        = string

  validation {
    condition     = startswith(var.audience, "https://")
    error_message = "Tokens travel over TLS only."
  }
}

variable "delivery" {
  description = "How often a message is delivered, and the pauses in between."
  type = object({
    attempts                 = number
    longest_backoff_seconds  = number
    shortest_backoff_seconds = number
  })

  validation {
    condition     = var.delivery.attempts >= 5 && var.delivery.attempts <= 100
    error_message = "Pub/Sub gives a message 5 to 100 attempts before it is a dead letter."
  }

  validation {
    condition = (
      var.delivery.shortest_backoff_seconds >= 0 &&
      var.delivery.shortest_backoff_seconds <= var.delivery.longest_backoff_seconds &&
      var.delivery.longest_backoff_seconds <= 600
    )
    error_message = "Pauses are 0 to 600 seconds, the longest one last."
  }
}

variable "function" {
  description = "The name of the function that is pushed to."
  type        = string

  validation {
    condition     = length(var.function) <= 17
    error_message = "The name of a function with topics has at most 17 characters, so that its pusher's account can carry it."
  }
}

variable "kms_key" {
  description = "The key that dead letters at rest are encrypted with."
  type        = string
}

variable "labels" {
  description = "Labels of the topic and the subscriptions."
  type        = map(string)
  default     = {}
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "pubsub_agent" {
  description = "Pub/Sub's service agent as an IAM member."
  type        = string
}

variable "region" {
  description = "Where dead letters may be kept."
  type        = string
}

variable "timeout_seconds" {
  description = "How long the function may take."
  type        = number
}

variable "topics" {
  description = "The topics whose messages the function gets: their full names by their short ones."
  type        = map(string)
}
