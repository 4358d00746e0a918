variable "every_minutes" {
  description = "The schedule's interval; null where nobody publishes by the clock."
  type        = number
  default     = null

  validation {
    condition     = var.every_minutes == null ? true : var.every_minutes >= 1 && floor(var.every_minutes) == var.every_minutes
    error_message = "A schedule's interval is a whole number of minutes."
  }
}

variable "kms_key" {
  description = "The key that messages at rest are encrypted with."
  type        = string
}

variable "labels" {
  description = "Labels of the topic."
  type        = map(string)
  default     = {}
}

variable "name" {
  description = "The topic's name, which is also its messages' type."
  type        = string
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "publishers" {
  description = "IAM members that may publish, by a name of yours."
  type        = map(string)
  default     = {}
}

variable "region" {
  description = "Where messages may be kept."
  type        = string
}
