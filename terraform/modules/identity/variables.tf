variable "description" {
  description = "What its function is for."
  type        = string
}

variable "name" {
  description = "The function's name in the manifest."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,20}[a-z0-9]$", var.name))
    error_message = "A name has 2 to 22 lower-case letters, digits and hyphens, so that its service account can carry it."
  }
}

variable "project" {
  description = "The project's id."
  type        = string
}
