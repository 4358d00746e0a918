# The manifest and what follows from it: no function, topic, route or secret is named anywhere else in this folder.

locals {
  manifest = yamldecode(file(var.manifest))
  packages = jsondecode(file(var.packages))
  labels   = { app = "oqtopus" }

  functions = {
    for name, function in local.manifest.functions : name => {
      description = function.description
      entry_point = function.entry_point
      routes      = try(function.routes, [])
      aliases     = try(function.aliases, [])
      topics      = toset(try(function.topics, []))
      publishes   = toset(try(function.publishes, []))
      access      = toset(try(function.access, []))
      network     = try(function.network, null)
      streams     = try(function.streams, false)
      limits = merge(
        {
          concurrency     = function.concurrency
          cpu             = function.cpu
          max_instances   = function.max_instances
          memory          = function.memory
          min_instances   = try(function.min_instances, 0)
          timeout_seconds = function.timeout_seconds
        },
        { for limit, value in try(var.function_limits[name], {}) : limit => value if value != null },
      )
      secrets = toset([for secret in try(function.secrets, []) : secret if contains(keys(local.secrets), secret)])
    }
  }

  schedules = { for schedule in local.manifest.schedules : schedule.topic => schedule.every_minutes }
  networks  = toset(compact([for function in values(local.functions) : function.network]))

  # Settings that every function gets alike.
  settings = merge(
    {
      APP_ENV              = "production"
      GOOGLE_CLOUD_PROJECT = var.project
      STORE                = "firestore"
      FIRESTORE_DATABASE   = var.firestore.database
      PK_STORAGE_TYPE      = "secret_manager"
      BUS                  = "pubsub"
      PUBLIC_URL           = "https://${local.host}"
      PUBLIC_HOSTS         = join(",", sort(distinct(concat([local.host, module.gateway.hostname], [for url in values(local.urls) : trimprefix(url, "https://")]))))
      LLM_PROVIDER         = var.llm_provider
      TRACING              = "google"
      TRACING_RATIO        = tostring(var.trace_ratio)
    },
    local.mail_settings,
    var.settings,
  )
  mail_settings = {
    MAILER          = "smtp"
    SENDER_EMAIL    = var.mail.sender
    SMTP_SERVER     = var.mail.server
    SMTP_PORT       = tostring(var.mail.port)
    RECIPIENT_EMAIL = coalesce(var.mail.recipient, var.mail.sender)
  }

  # Those that these settings make necessary.
  chosen = merge({ PK_STORAGE_TYPE = "secret_manager", LLM_PROVIDER = var.llm_provider }, local.mail_settings)
  secrets = {
    for name, secret in local.manifest.secrets : name => secret
    if alltrue([for setting, value in try(secret.when, {}) : lookup(local.chosen, setting, null) == value])
  }

  # Known before anything is made, so that nothing has to wait for anything else's address.
  urls = { for name in keys(local.functions) : name => "https://${name}-${data.google_project.project.number}.${var.region}.run.app" }
}
