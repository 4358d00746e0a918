variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the gateway: a new one has another address."
  type        = bool
}

variable "document" {
  description = "The gateway's OpenAPI document, with the functions' addresses filled in."
  type        = string

  validation {
    condition     = can(regex("^openapi: 3\\.", var.document)) && can(yamldecode(var.document)["x-google-api-management"])
    error_message = "The document must be OpenAPI 3 with the gateway's own extensions, as make package writes it."
  }

  validation {
    condition = alltrue([
      for backend in values(try(yamldecode(var.document)["x-google-api-management"].backends, {})) :
      startswith(backend.address, "https://") && startswith(try(backend.jwtAudience, ""), "https://") && try(backend.deadline, 0) > 0
    ])
    error_message = "Every backend needs an https address, an audience for the gateway's token, and a deadline."
  }
}

variable "labels" {
  description = "Labels of the API, its config and the gateway."
  type        = map(string)
  default     = {}
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "region" {
  description = "Where the gateway runs."
  type        = string
}
