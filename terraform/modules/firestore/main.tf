# The database with its indexes, its expiry and its rules, all as the functions' code and its tests know them.

locals {
  indexes = {
    for index in var.indexes.indexes :
    "${index.collectionGroup}/${join(",", [for field in index.fields : field.fieldPath])}" => index
  }
  fields = { for field in var.indexes.fieldOverrides : "${field.collectionGroup}/${field.fieldPath}" => field }
}

resource "google_firestore_database" "database" {
  project                           = var.project
  name                              = var.name
  location_id                       = var.location
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "PESSIMISTIC"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = "DELETE"
}

resource "google_firestore_index" "index" {
  for_each    = local.indexes
  project     = var.project
  database    = google_firestore_database.database.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields

    content {
      field_path   = fields.value.fieldPath
      order        = fields.value.order
      array_config = fields.value.arrayConfig
    }
  }
}

resource "google_firestore_field" "field" {
  for_each   = local.fields
  project    = var.project
  database   = google_firestore_database.database.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  # No index: nobody asks by these, and each would cost a write.
  index_config {}

  dynamic "ttl_config" {
    for_each = each.value.ttl ? [true] : []

    content {}
  }
}

resource "google_firestore_backup_schedule" "daily" {
  project   = var.project
  database  = google_firestore_database.database.name
  retention = "${var.backup_days * 86400}s"

  daily_recurrence {}
}

resource "google_firebaserules_ruleset" "rules" {
  project = var.project

  source {
    files {
      name    = "firestore.rules"
      content = var.rules
    }
  }

  depends_on = [google_firestore_database.database]
}

resource "google_firebaserules_release" "rules" {
  project      = var.project
  name         = var.name == "(default)" ? "cloud.firestore" : "cloud.firestore/${var.name}"
  ruleset_name = google_firebaserules_ruleset.rules.name

  lifecycle {
    replace_triggered_by = [google_firebaserules_ruleset.rules]
  }
}
