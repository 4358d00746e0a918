variable "managers" {
  description = "IAM members that make, change and delete agents' keys, by a name of yours."
  type        = map(string)
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "project_number" {
  description = "The project's number."
  type        = string
}

variable "readers" {
  description = "IAM members that read agents' keys to sign with them, by a name of yours."
  type        = map(string)
}
