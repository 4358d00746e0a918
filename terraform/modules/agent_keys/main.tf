# Agents' private keys: one secret an agent, `agent-<id>`, made by the functions themselves. What stands here is who may
# do what with them. Nobody may list them: no role has secretmanager.secrets.list.

locals {
  # Secret Manager's names have the project's number in them; versions begin with the name of their secret.
  is_agents = "resource.name.startsWith(\"projects/${var.project_number}/secrets/agent-\")"
}

resource "google_project_iam_custom_role" "reader" {
  project     = var.project
  role_id     = "oqtopusAgentKeyReader"
  title       = "oqtopus: signs as agents' caller"
  description = "Reads one agent's private key at a time, by its name."
  permissions = ["secretmanager.versions.access"]
}

resource "google_project_iam_custom_role" "manager" {
  project     = var.project
  role_id     = "oqtopusAgentKeyManager"
  title       = "oqtopus: manages agents' keys"
  description = "Adds, lists and destroys the versions of one agent's key, and deletes it."
  permissions = [
    "secretmanager.secrets.delete",
    "secretmanager.versions.add",
    "secretmanager.versions.destroy",
    "secretmanager.versions.list",
  ]
}

# A secret that is not there yet has no name to judge: the permission to make one is the project's. What is made under
# another name can be neither filled nor read by who made it.
resource "google_project_iam_custom_role" "creator" {
  project     = var.project
  role_id     = "oqtopusAgentKeyCreator"
  title       = "oqtopus: makes agents' secrets"
  description = "Makes empty secrets."
  permissions = ["secretmanager.secrets.create"]
}

resource "google_project_iam_member" "reader" {
  for_each = var.readers
  project  = var.project
  role     = google_project_iam_custom_role.reader.name
  member   = each.value

  condition {
    title       = "agents_keys_only"
    description = "Secrets of agents; those of the installation have readers of their own."
    expression  = local.is_agents
  }
}

resource "google_project_iam_member" "manager" {
  for_each = var.managers
  project  = var.project
  role     = google_project_iam_custom_role.manager.name
  member   = each.value

  condition {
    title       = "agents_keys_only"
    description = "Secrets of agents; those of the installation are changed by people."
    expression  = local.is_agents
  }
}

resource "google_project_iam_member" "creator" {
  for_each = var.managers
  project  = var.project
  role     = google_project_iam_custom_role.creator.name
  member   = each.value
}

locals {
  titles = {
    for role in [google_project_iam_custom_role.reader, google_project_iam_custom_role.manager, google_project_iam_custom_role.creator] :
    role.name => role.role_id
  }
}
