output "grants" {
  description = "Who may do what by this module."
  value = [
    for grant in google_project_iam_member.writer :
    { member = grant.member, role = grant.role, on = "project", condition = null }
  ]
}
