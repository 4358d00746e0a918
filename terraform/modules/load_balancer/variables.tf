variable "domain" {
  description = "The host name that people use; its A record must name the address that is put out."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain))
    error_message = "The domain must be a host name such as oqtopus.example.org."
  }
}

variable "gateway" {
  description = "The API gateway's id in the region."
  type        = string
}

variable "log_sample" {
  description = "Which share of requests is logged at the edge; functions log theirs."
  type        = number
  default     = 0.1
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "region" {
  description = "Where the functions and the gateway run."
  type        = string
}

variable "requests_per_minute" {
  description = "How many requests an address may make in a minute; at five times as many it is shut out for a while."
  type        = number
  default     = 300
}

variable "streams" {
  description = "The functions whose routes stream: their paths, and their other addresses with the path that each stands for."
  type = map(object({
    aliases = map(string)
    paths   = list(string)
  }))

  validation {
    condition = alltrue(flatten([
      for stream in values(var.streams) : [for path in concat(stream.paths, keys(stream.aliases)) : can(regex("^(/[A-Za-z0-9._-]+)+$", path))]
    ]))
    error_message = "A path that streams has no parameters: the load balancer routes by whole paths."
  }
}

variable "streams_per_minute" {
  description = "How many streams an address may open in a minute."
  type        = number
  default     = 30
}
