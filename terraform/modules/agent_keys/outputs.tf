
output "grants" {
  description = "Who may do what by this module."
  value = [
    for grant in concat(
      values(google_project_iam_member.reader), values(google_project_iam_member.manager), values(google_project_iam_member.creator),
    ) :
    { member = grant.member, role = local.titles[grant.role], on = "project", condition = one(grant.condition[*].expression) }
  ]
}
