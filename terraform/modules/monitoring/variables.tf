variable "email" {
  description = "Where alerts go."
  type        = string

  validation {
    condition     = can(regex("^[^@[:space:]]+@[^@[:space:]]+\\.[^@[:space:]]+$", var.email))
    error_message = "Alerts need an e-mail address."
  }
}

variable "functions" {
  description = "The functions by name: whether people reach them, whether their replies stream, how many instances they may have."
  type = map(object({
    is_public     = bool
    max_instances = number
    streams       = bool
  }))
}

variable "host" {
  description = "The host name that people use."
  type        = string
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "uptime_path" {
  description = "What is asked for from outside, without a credential."
  type        = string
}
