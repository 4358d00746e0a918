# Where people come in, and what each function therefore believes about who asks.

locals {
  uses_load_balancer = var.stream_edge == "load_balancer"
  host               = local.uses_load_balancer ? coalesce(var.domain, "invalid") : module.gateway.hostname

  # How many entries of X-Forwarded-For the platform wrote by the time a function reads it: the client's address is the
  # last but so many. The gateway and the load balancer each add one to that of the function's own front end.
  hops = merge({ gateway = local.uses_load_balancer ? 3 : 2, load_balancer = 2 }, { for edge, hops in var.trusted_proxy_hops : edge => hops if hops != null })

  doors = {
    for name, function in local.functions : name => (
      length(function.routes) == 0 ? {
        ingress  = "ALLOW_INTERNAL_ONLY"
        invokers = {}
        settings = {}
        } : function.streams && local.uses_load_balancer ? {
        # The load balancer has no identity that a function could ask for. Nobody but it can reach this one.
        ingress  = "ALLOW_INTERNAL_AND_GCLB"
        invokers = { load_balancer = "allUsers" }
        settings = { BEHIND_GATEWAY = "0", TRUSTED_PROXY_HOPS = tostring(local.hops.load_balancer) }
        } : {
        ingress  = "ALLOW_ALL"
        invokers = { gateway = module.gateway.member }
        settings = { BEHIND_GATEWAY = "1", TRUSTED_PROXY_HOPS = tostring(local.hops.gateway) }
      }
    )
  }
}

module "gateway" {
  source              = "./modules/gateway"
  project             = var.project
  region              = var.region
  deletion_protection = var.deletion_protection
  document            = templatefile(var.gateway_document, { urls = local.urls })
  labels              = local.labels

  depends_on = [google_project_service.service]
}

module "load_balancer" {
  count   = local.uses_load_balancer ? 1 : 0
  source  = "./modules/load_balancer"
  project = var.project
  region  = var.region
  domain  = local.host
  gateway = module.gateway.id
  streams = {
    for name, function in local.functions : name => {
      paths   = [for route in function.routes : route.path]
      aliases = { for alias in function.aliases : alias.path => alias.of }
    } if function.streams
  }

  depends_on = [module.function]
}
