# What the functions keep, and who of them may do what with it.

module "firestore" {
  source              = "./modules/firestore"
  project             = var.project
  name                = var.firestore.database
  location            = coalesce(var.firestore.location, var.region)
  backup_days         = var.firestore.backup_days
  deletion_protection = var.deletion_protection
  indexes             = jsondecode(file("${path.root}/../infra/firestore.indexes.json"))
  rules               = file("${path.root}/../infra/firestore.rules")
  users               = { for name, function in local.functions : name => module.identity[name].member if contains(function.access, "documents") }

  depends_on = [google_project_service.service]
}

module "agent_keys" {
  source         = "./modules/agent_keys"
  project        = var.project
  project_number = data.google_project.project.number
  readers        = { for name, function in local.functions : name => module.identity[name].member if contains(function.access, "agent_keys.read") }
  managers       = { for name, function in local.functions : name => module.identity[name].member if contains(function.access, "agent_keys.manage") }
}

module "secret" {
  for_each            = local.secrets
  source              = "./modules/secret"
  project             = var.project
  region              = var.region
  name                = each.key
  deletion_protection = var.deletion_protection
  labels              = local.labels
  readers             = { for name, function in local.functions : name => module.identity[name].member if contains(function.secrets, each.key) }

  depends_on = [google_project_service.service]
}
