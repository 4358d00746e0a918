variable "kms_key" {
  description = "The key that packages and images at rest are encrypted with."
  type        = string
}

variable "labels" {
  description = "Labels of the bucket and the repository."
  type        = map(string)
  default     = {}
}

variable "packages" {
  description = "The zip of each function, whose name holds its content's hash."
  type        = map(object({ archive = string }))

  validation {
    condition     = alltrue([for package in values(var.packages) : can(regex("-[0-9a-f]{16}\\.zip$", package.archive))])
    error_message = "A package's name ends in the first 16 digits of its SHA-256, as make package names it."
  }
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "project_number" {
  description = "The project's number."
  type        = string
}

variable "region" {
  description = "Where packages and images are kept."
  type        = string
}
