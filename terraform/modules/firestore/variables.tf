variable "backup_days" {
  description = "How long each day's backup is kept."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 98
    error_message = "Firestore keeps a backup for 1 to 98 days."
  }
}

variable "deletion_protection" {
  description = "Whether Firestore refuses to delete the database."
  type        = bool
}

variable "indexes" {
  description = "firestore.indexes.json as the Firebase CLI reads it."
  type = object({
    indexes = list(object({
      collectionGroup = string
      queryScope      = string
      fields = list(object({
        arrayConfig = optional(string)
        fieldPath   = string
        order       = optional(string)
      }))
    }))
    fieldOverrides = list(object({
      collectionGroup = string
      fieldPath       = string
      ttl             = optional(bool, false)
    }))
  })
}

variable "location" {
  description = "A region, or a multi-region such as eur3; it cannot be changed later."
  type        = string
}

variable "name" {
  description = "The database's id."
  type        = string
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "rules" {
  description = "Security rules for everybody who is not one of our service accounts."
  type        = string
}

variable "users" {
  description = "IAM members that read and write documents, by a name of yours."
  type        = map(string)
}
