variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the secret."
  type        = bool
}

variable "labels" {
  description = "Labels of the secret."
  type        = map(string)
  default     = {}
}

variable "name" {
  description = "The secret's id, which is the name of the setting that it is the value of."
  type        = string

  validation {
    condition     = can(regex("^[A-Z][A-Z0-9_]{2,62}$", var.name))
    error_message = "A secret has the name of its setting: capitals, digits and underscores. Names in small letters are agents'."
  }
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "readers" {
  description = "IAM members that may read the value, by a name of yours."
  type        = map(string)
}

variable "region" {
  description = "Where the value is kept."
  type        = string
}
