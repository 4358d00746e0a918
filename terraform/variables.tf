variable "alert_email" {
  description = "Who is told when something is wrong or costs too much."
  type        = string
}

variable "budget" {
  description = "What a month may cost, on which billing account."
  type = object({
    billing_account = string
    currency        = optional(string, "USD")
    monthly_amount  = number
  })
}

variable "deletion_protection" {
  description = "Whether the database, the secrets and the gateway refuse to be deleted; `make destroy` asks before it lifts this."
  type        = bool
  default     = true
}

variable "domain" {
  description = "The host name that people use, where a load balancer stands in front."
  type        = string
  default     = null

  validation {
    condition     = var.stream_edge != "load_balancer" || var.domain != null
    error_message = "A load balancer needs a domain for its certificate."
  }
}

variable "firestore" {
  description = "The database's id, its location (by default the region; it cannot be changed later), and how long backups are kept."
  type = object({
    backup_days = optional(number, 14)
    database    = optional(string, "(default)")
    location    = optional(string)
  })
  default = {}

  validation {
    condition     = var.firestore.database == "(default)" || can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.firestore.database))
    error_message = "A database is (default) or has 4 to 63 lower-case letters, digits and hyphens."
  }
}

variable "function_limits" {
  description = "Limits of functions in place of the manifest's, by function."
  type = map(object({
    concurrency     = optional(number)
    cpu             = optional(number)
    max_instances   = optional(number)
    memory          = optional(string)
    min_instances   = optional(number)
    timeout_seconds = optional(number)
  }))
  default = {}

  validation {
    condition     = length(setsubtract(keys(var.function_limits), keys(yamldecode(file(var.manifest)).functions))) == 0
    error_message = "function_limits names a function that the manifest does not have."
  }
}

variable "gateway_document" {
  description = "The gateway's document, as make package writes it."
  type        = string
  default     = "../build/gateway.yaml"

  validation {
    condition     = fileexists(var.gateway_document)
    error_message = "The gateway's document is missing: run make package."
  }
}

variable "llm_provider" {
  description = "The model that routes unsure questions and writes answers: gemini, openai, or embedded, which needs no key."
  type        = string
  default     = "embedded"

  validation {
    condition     = contains(["gemini", "openai", "embedded"], var.llm_provider)
    error_message = "llm_provider must be gemini, openai or embedded."
  }
}

variable "mail" {
  description = "How mail leaves: the sender, its SMTP server, and who gets letters of the contact form (by default the sender)."
  type = object({
    port      = optional(number, 587)
    recipient = optional(string)
    sender    = string
    server    = optional(string, "smtp.gmail.com")
  })

  validation {
    condition     = can(regex("^[^@[:space:]]+@[^@[:space:]]+\\.[^@[:space:]]+$", var.mail.sender))
    error_message = "mail.sender must be an e-mail address."
  }

  validation {
    condition     = contains([465, 587, 2525], var.mail.port)
    error_message = "mail.port must be 465, 587 or 2525: the platform lets no other mail port out."
  }
}

variable "manifest" {
  description = "The manifest."
  type        = string
  default     = "../infra/functions.yaml"
}

variable "network" {
  description = "The network that calls to agents leave through: its private range, and how many public addresses."
  type = object({
    addresses = optional(number, 1)
    range     = optional(string, "10.20.0.0/22")
  })
  default = {}
}

variable "packages" {
  description = "The index of the functions' packages, as make package writes it."
  type        = string
  default     = "../build/packages.json"

  validation {
    condition     = fileexists(var.packages)
    error_message = "The functions' packages are missing: run make package."
  }
}

variable "project" {
  description = "The id of a project of its own: topics and secrets have the names that the code knows."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project's id has 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  description = "Where everything runs: one that has API Gateway."
  type        = string
  default     = "europe-west1"

  validation {
    condition = contains([
      "asia-east1", "asia-northeast1", "australia-southeast1", "europe-west1", "europe-west2", "europe-west4", "us-central1", "us-east1", "us-east4",
      "us-west2", "us-west3", "us-west4",
    ], var.region)
    error_message = "API Gateway is not in that region."
  }
}

variable "secret_versions" {
  description = "Versions of secrets to use in place of the latest, by secret; a changed one makes new revisions."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for version in values(var.secret_versions) : can(regex("^[1-9][0-9]{0,17}$", version))])
    error_message = "A version is a number."
  }
}

variable "settings" {
  description = "Further settings of the functions, such as QUOTA_USER_PER_DAY (README.md lists them)."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.settings), keys(yamldecode(file(var.manifest)).secrets))) == 0
    error_message = "A secret is not a setting: it would be in Terraform's state. Put it into Secret Manager."
  }

  validation {
    condition = length(setintersection(keys(var.settings), [
      "APP_ENV", "BEHIND_GATEWAY", "BUS", "FIRESTORE_DATABASE", "GOOGLE_CLOUD_PROJECT", "LLM_PROVIDER", "MAILER", "PK_STORAGE_TYPE", "PUBLIC_HOSTS",
      "PUBLIC_URL", "PUSH_ACCOUNT", "PUSH_AUDIENCE", "SECRETS", "SENDER_EMAIL", "SMTP_PORT", "SMTP_SERVER", "STORE", "TRUSTED_PROXY_HOPS",
    ])) == 0
    error_message = "That setting follows from others here and cannot be set by itself."
  }
}

variable "stream_edge" {
  description = "What stands in front of routes that stream: api_gateway (its streaming is a preview), or load_balancer (needs a domain)."
  type        = string
  default     = "api_gateway"

  validation {
    condition     = contains(["api_gateway", "load_balancer"], var.stream_edge)
    error_message = "stream_edge must be api_gateway or load_balancer."
  }
}

variable "trace_ratio" {
  description = "Share of all requests whose traces are kept, 0 to 1."
  type        = number
  default     = 0.1

  validation {
    condition     = var.trace_ratio >= 0 && var.trace_ratio <= 1
    error_message = "trace_ratio must be from 0 to 1."
  }
}

variable "trusted_proxy_hops" {
  description = "Entries of X-Forwarded-For that the platform writes, where `make smoke` finds them to be others."
  type = object({
    gateway       = optional(number)
    load_balancer = optional(number)
  })
  default = {}
}
