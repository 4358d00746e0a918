module "packages" {
  source         = "./modules/packages"
  project        = var.project
  project_number = data.google_project.project.number
  region         = var.region
  kms_key        = module.encryption.key
  labels         = local.labels
  packages       = { for name in keys(local.functions) : name => { archive = "${dirname(var.packages)}/${local.packages[name].archive}" } }
}

module "network" {
  for_each  = local.networks
  source    = "./modules/network"
  project   = var.project
  region    = var.region
  name      = each.key
  addresses = var.network.addresses
  range     = var.network.range

  depends_on = [google_project_service.service]
}

module "identity" {
  for_each    = local.functions
  source      = "./modules/identity"
  project     = var.project
  name        = each.key
  description = each.value.description

  depends_on = [google_project_service.service]
}

module "function" {
  for_each    = local.functions
  source      = "./modules/function"
  project     = var.project
  region      = var.region
  name        = each.key
  description = each.value.description
  entry_point = each.value.entry_point
  account     = module.identity[each.key].email
  build       = module.packages.builds[each.key]
  limits      = each.value.limits
  labels      = local.labels
  network     = each.value.network == null ? null : module.network[each.value.network].interface
  ingress     = local.doors[each.key].ingress
  invokers = merge(
    local.doors[each.key].invokers,
    { for pushed in [each.key] : "pusher" => module.subscriptions[pushed].pusher if length(each.value.topics) > 0 },
  )
  environment = merge(
    local.settings,
    local.doors[each.key].settings,
    { SECRETS = join(",", [for secret in sort(each.value.secrets) : join(":", compact([secret, lookup(var.secret_versions, secret, "")]))]) },
    { for pushed in [each.key] : "PUSH_AUDIENCE" => local.urls[pushed] if length(each.value.topics) > 0 },
    { for pushed in [each.key] : "PUSH_ACCOUNT" => trimprefix(module.subscriptions[pushed].pusher, "serviceAccount:") if length(each.value.topics) > 0 },
  )
}
