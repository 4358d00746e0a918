variable "account" {
  description = "The address of the service account that the function runs as; it has no other function."
  type        = string
}

variable "build" {
  description = "The package (bucket, object), the account that builds it, and the repository of the image."
  type = object({
    bucket          = string
    object          = string
    repository      = string
    service_account = string
  })
}

variable "description" {
  description = "What the function is for."
  type        = string
}

variable "entry_point" {
  description = "The callable in the package's main.py."
  type        = string
}

variable "environment" {
  description = "Settings; secrets are fetched by the function and never stand here."
  type        = map(string)

  validation {
    condition     = !anytrue([for name in keys(var.environment) : can(regex("_(KEY|SALT|PASSWORD|TOKEN)$", name))])
    error_message = "Secrets are kept in Secret Manager, not in the environment."
  }
}

variable "ingress" {
  description = "From where the function can be reached at all."
  type        = string
  default     = "ALLOW_INTERNAL_ONLY"

  validation {
    condition     = contains(["ALLOW_ALL", "ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"], var.ingress)
    error_message = "ingress must be ALLOW_ALL, ALLOW_INTERNAL_ONLY or ALLOW_INTERNAL_AND_GCLB."
  }
}

variable "invokers" {
  description = "IAM members that may call the function, by a name of yours."
  type        = map(string)
  default     = {}

  validation {
    condition     = !contains(values(var.invokers), "allAuthenticatedUsers")
    error_message = "allAuthenticatedUsers is everybody with a Google account."
  }

  validation {
    condition     = !contains(values(var.invokers), "allUsers") || var.ingress == "ALLOW_INTERNAL_AND_GCLB"
    error_message = "allUsers may call only what nobody but a load balancer can reach."
  }
}

variable "labels" {
  description = "Labels of the function."
  type        = map(string)
  default     = {}
}

variable "limits" {
  description = "What an instance gets and how many there may be."
  type = object({
    concurrency     = number
    cpu             = number
    max_instances   = number
    memory          = string
    min_instances   = optional(number, 0)
    timeout_seconds = number
  })

  validation {
    condition     = var.limits.concurrency >= 1 && var.limits.concurrency <= 1000
    error_message = "An instance takes 1 to 1,000 requests at a time."
  }

  validation {
    condition     = var.limits.concurrency == 1 || var.limits.cpu >= 1
    error_message = "More than one request at a time needs a whole processor."
  }

  validation {
    condition     = var.limits.max_instances >= 1 && var.limits.min_instances <= var.limits.max_instances
    error_message = "There must be an instance to start, and no more kept than there may be."
  }

  validation {
    condition     = var.limits.timeout_seconds >= 1 && var.limits.timeout_seconds <= 3600
    error_message = "A function may take 1 to 3,600 seconds."
  }
}

variable "name" {
  description = "The function's name in the manifest."
  type        = string
}

variable "network" {
  description = "The network that everything leaves through; null for the platform's own way out."
  type = object({
    network    = string
    subnetwork = string
    tags       = optional(list(string), [])
  })
  default = null
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "region" {
  description = "Where the function runs."
  type        = string
}

variable "runtime" {
  description = "The platform's Python."
  type        = string
  default     = "python313"
}
