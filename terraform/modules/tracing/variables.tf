variable "project" {
  description = "Project id."
  type        = string
}

variable "writers" {
  description = "IAM members that write traces, by any name."
  type        = map(string)
}
