# What is kept and who may touch it.

mock_provider "google" {}
mock_provider "google-beta" {}

variables {
  project = "oqtopus-fixture"
  region  = "europe-west1"
}

run "secret" {
  module {
    source = "./modules/secret"
  }

  variables {
    name                = "SECRET_KEY"
    deletion_protection = true
    readers             = { front = "serviceAccount:front@example.org", stream = "serviceAccount:stream@example.org" }
  }

  assert {
    condition     = google_secret_manager_secret.secret.deletion_protection && google_secret_manager_secret.secret.version_destroy_ttl == "604800s"
    error_message = "A secret is not lost by a slip."
  }

  assert {
    condition     = toset([for grant in google_secret_manager_secret_iam_member.reader : grant.role]) == toset(["roles/secretmanager.secretAccessor"]) && length(google_secret_manager_secret_iam_member.reader) == 2
    error_message = "Readers read."
  }
}

run "agent_keys" {
  module {
    source = "./modules/agent_keys"
  }

  variables {
    project_number = "123456789012"
    readers        = { stream = "serviceAccount:stream@example.org" }
    managers       = { keeper = "serviceAccount:keeper@example.org" }
  }

  assert {
    condition = !anytrue([
      for role in [google_project_iam_custom_role.reader, google_project_iam_custom_role.manager, google_project_iam_custom_role.creator] :
      contains(role.permissions, "secretmanager.secrets.list")
    ])
    error_message = "Nothing may list agents' secrets."
  }

  assert {
    condition     = google_project_iam_custom_role.reader.permissions == toset(["secretmanager.versions.access"])
    error_message = "Who signs reads, and that is all."
  }

  assert {
    condition     = !contains(google_project_iam_custom_role.manager.permissions, "secretmanager.versions.access")
    error_message = "Managing keys does not include reading them."
  }

  assert {
    condition     = google_project_iam_custom_role.creator.permissions == toset(["secretmanager.secrets.create"])
    error_message = "The one role without a condition makes empty secrets and nothing else."
  }

  assert {
    condition     = [for grant in google_project_iam_member.manager : grant.condition[0].expression] == ["resource.name.startsWith(\"projects/123456789012/secrets/agent-\")"]
    error_message = "Managers touch agents' secrets alone."
  }
}

run "firestore" {
  module {
    source = "./modules/firestore"
  }

  variables {
    name                = "(default)"
    location            = "europe-west1"
    deletion_protection = true
    indexes = {
      indexes = [{ collectionGroup = "agents", queryScope = "COLLECTION", fields = [
        { fieldPath = "status", order = "ASCENDING" }, { fieldPath = "categories", arrayConfig = "CONTAINS" }
      ] }]
      fieldOverrides = [{ collectionGroup = "sessions", fieldPath = "expire_at", ttl = true }, { collectionGroup = "agents", fieldPath = "description" }]
    }
    rules = "rules"
    users = { front = "serviceAccount:front@example.org" }
  }

  assert {
    condition = (
      google_firestore_database.database.delete_protection_state == "DELETE_PROTECTION_ENABLED" &&
      google_firestore_database.database.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED"
    )
    error_message = "The database cannot be deleted by a slip, and can be had as it was."
  }

  assert {
    condition     = [for field in google_firestore_index.index["agents/status,categories"].fields : join(":", compact([field.field_path, field.order, field.array_config]))] == ["status:ASCENDING", "categories:CONTAINS"]
    error_message = "An index is as it was declared, in its order."
  }

  assert {
    condition     = length(google_firestore_field.field["sessions/expire_at"].ttl_config) == 1 && length(google_firestore_field.field["agents/description"].ttl_config) == 0
    error_message = "What expires is cleared up."
  }

  assert {
    condition     = alltrue([for field in google_firestore_field.field : length(field.index_config) == 1 && length(field.index_config[0].indexes) == 0])
    error_message = "What nobody asks by has no index."
  }

  assert {
    condition     = google_firestore_backup_schedule.daily.retention == "1209600s" && length(google_firestore_backup_schedule.daily.daily_recurrence) == 1
    error_message = "There is a backup of each day for two weeks."
  }

  assert {
    condition     = google_firebaserules_release.rules.name == "cloud.firestore" && google_firebaserules_ruleset.rules.source[0].files[0].content == "rules"
    error_message = "The rules are in force."
  }

  assert {
    condition = !anytrue([
      for permission in google_project_iam_custom_role.documents.permissions : !startswith(permission, "datastore.entities.") && permission != "datastore.databases.get"
    ])
    error_message = "Documents and nothing around them."
  }
}

run "database_of_another_name" {
  module {
    source = "./modules/firestore"
  }

  variables {
    name                = "second"
    location            = "eur3"
    deletion_protection = false
    indexes             = { indexes = [], fieldOverrides = [] }
    rules               = "rules"
    users               = {}
  }

  assert {
    condition     = google_firebaserules_release.rules.name == "cloud.firestore/second" && google_firestore_database.database.delete_protection_state == "DELETE_PROTECTION_DISABLED"
    error_message = "Rules are of their database; protection can be lifted."
  }
}
