module "topic" {
  for_each      = toset(local.manifest.topics)
  source        = "./modules/topic"
  project       = var.project
  region        = var.region
  name          = each.key
  every_minutes = lookup(local.schedules, each.key, null)
  kms_key       = module.encryption.key
  labels        = local.labels
  publishers    = { for name, function in local.functions : name => module.identity[name].member if contains(function.publishes, each.key) }
}

module "subscriptions" {
  for_each        = { for name, function in local.functions : name => function if length(function.topics) > 0 }
  source          = "./modules/subscriptions"
  project         = var.project
  region          = var.region
  function        = each.key
  audience        = local.urls[each.key]
  delivery        = local.manifest.delivery
  kms_key         = module.encryption.key
  labels          = local.labels
  pubsub_agent    = module.encryption.pubsub_agent
  timeout_seconds = each.value.limits.timeout_seconds
  topics          = { for topic in each.value.topics : topic => module.topic[topic].id }
}
