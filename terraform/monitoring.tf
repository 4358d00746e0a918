module "monitoring" {
  source      = "./modules/monitoring"
  project     = var.project
  email       = var.alert_email
  host        = local.host
  uptime_path = local.manifest.uptime_path
  functions = {
    for name, function in local.functions : name => {
      is_public     = length(function.routes) > 0
      max_instances = function.limits.max_instances
      streams       = function.streams
    }
  }

  depends_on = [google_project_service.service]
}

module "tracing" {
  source  = "./modules/tracing"
  project = var.project
  writers = { for name, identity in module.identity : name => identity.member }
}
