variable "addresses" {
  description = "How many public addresses calls leave from; one carries about 64,000 connections to one agent at a time."
  type        = number
  default     = 1

  validation {
    condition     = var.addresses >= 1 && var.addresses <= 10
    error_message = "1 to 10 addresses."
  }
}

variable "name" {
  description = "The network's name in the manifest."
  type        = string
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "range" {
  description = "The subnetwork's private addresses; an instance may take several while one revision replaces another."
  type        = string

  validation {
    condition     = can(cidrhost(var.range, 0)) && try(tonumber(split("/", var.range)[1]) <= 26, false)
    error_message = "The range must be a CIDR block of at least 64 addresses (/26)."
  }
}

variable "region" {
  description = "Where the functions run."
  type        = string
}
