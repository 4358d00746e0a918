variable "kms_key" {
  description = "The key's full name."
  type        = string
}

variable "project" {
  description = "The project's id."
  type        = string
}
