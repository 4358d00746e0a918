output "url" {
  description = "Where people reach the installation."
  value       = "https://${local.host}"
}

output "load_balancer_address" {
  description = "The address for the domain's A record; null without a load balancer."
  value       = one(module.load_balancer[*].address)
}

output "exit_addresses" {
  description = "Where calls to agents come from."
  value       = flatten([for network in values(module.network) : network.addresses])
}

output "gateway" {
  description = "The gateway and its config, for the step that makes it with streaming on."
  value       = { id = "oqtopus", region = var.region, config = module.gateway.config }
}

output "secrets" {
  description = "The secrets that need a value before the functions start."
  value       = sort(keys(local.secrets))
}

output "dead_letters" {
  description = "The subscriptions that hold what functions refused to the end."
  value       = sort([for subscriptions in values(module.subscriptions) : subscriptions.dead_letters])
}

output "grants" {
  description = "Everything that anybody may do by this installation: read it after a change of roles."
  value = flatten([
    module.packages.grants, module.encryption.grants, module.firestore.grants, module.agent_keys.grants, module.tracing.grants,
    values(module.function)[*].grants, values(module.topic)[*].grants, values(module.subscriptions)[*].grants, values(module.secret)[*].grants,
  ])
}

output "identities" {
  description = "The IAM member of each function, of the gateway, and of what pushes to a function."
  value = merge(
    { for name, identity in module.identity : name => identity.member },
    { for name, subscriptions in module.subscriptions : "push/${name}" => subscriptions.pusher },
    { gateway = module.gateway.member },
  )
}
