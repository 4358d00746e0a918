output "builds" {
  description = "For each function what its build needs."
  value = {
    for name, object in google_storage_bucket_object.package : name => {
      bucket          = object.bucket
      object          = object.name
      repository      = google_artifact_registry_repository.images.id
      service_account = google_service_account.builder.id
    }
  }

  # A build that starts before its account may do its work fails.
  depends_on = [
    google_artifact_registry_repository_iam_member.builder,
    google_project_iam_member.log_writer,
    google_project_iam_member.platform_copies,
    google_storage_bucket_iam_member.builder,
  ]
}

output "grants" {
  description = "Who may do what by this module."
  value = concat(
    [
      for grant in [google_project_iam_member.platform_copies, google_project_iam_member.log_writer] :
      { member = grant.member, role = grant.role, on = "project", condition = one(grant.condition[*].expression) }
    ],
    [{
      member    = google_artifact_registry_repository_iam_member.builder.member
      role      = google_artifact_registry_repository_iam_member.builder.role
      on        = "repository ${google_artifact_registry_repository_iam_member.builder.repository}"
      condition = null
    }],
    [{
      member    = google_storage_bucket_iam_member.builder.member
      role      = google_storage_bucket_iam_member.builder.role
      on        = "bucket ${google_storage_bucket_iam_member.builder.bucket}"
      condition = null
    }],
  )
}
