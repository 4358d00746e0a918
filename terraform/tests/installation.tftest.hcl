# The installation itself: the manifest, the packages and the gateway's document as `make package` has just made them.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}
mock_provider "google-beta" {}

variables {
  project      = "oqtopus-fixture"
  alert_email  = "operators@example.org"
  budget       = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 50 }
  mail         = { sender = "oqtopus@example.org" }
  llm_provider = "gemini"
}

run "installation" {
  assert {
    condition     = toset(keys(module.function)) == toset(keys(local.manifest.functions))
    error_message = "Every function of the manifest is there, and no other."
  }

  assert {
    condition     = toset(keys(module.topic)) == toset(local.manifest.topics)
    error_message = "So is every topic."
  }

  assert {
    condition     = toset(keys(module.subscriptions)) == toset([for name, function in local.manifest.functions : name if length(try(function.topics, [])) > 0])
    error_message = "Every function with topics is pushed to, and has dead letters."
  }

  assert {
    condition     = length(setsubtract(flatten([for function in values(local.manifest.functions) : concat(try(function.topics, []), try(function.publishes, []))]), local.manifest.topics)) == 0
    error_message = "No function listens to or publishes what is no topic."
  }

  assert {
    condition     = length(setsubtract([for schedule in local.manifest.schedules : schedule.topic], flatten([for function in values(local.manifest.functions) : try(function.topics, [])]))) == 0
    error_message = "Every schedule has a listener."
  }

  assert {
    condition     = length(setsubtract(flatten([for function in values(local.manifest.functions) : try(function.secrets, [])]), keys(local.manifest.secrets))) == 0
    error_message = "No function reads a secret that the manifest does not describe."
  }

  assert {
    condition     = toset([for name, function in local.manifest.functions : name if length(try(function.routes, [])) > 0]) == toset([for grant in output.grants : trimprefix(grant.on, "function ") if grant.role == "roles/run.invoker" && grant.member == output.identities.gateway])
    error_message = "The gateway may call exactly what has routes."
  }

  assert {
    condition     = length(distinct(values(output.identities))) == length(output.identities) && length(output.identities) == length(local.manifest.functions) + length(module.subscriptions) + 1
    error_message = "One identity for each function, each pusher and the gateway."
  }

  assert {
    condition = module.firestore.indexes == sort([
      for index in jsondecode(file("../infra/firestore.indexes.json")).indexes :
      "${index.collectionGroup}: ${join(", ", [for field in index.fields : join(" ", compact([field.fieldPath, try(field.order, null), try(field.arrayConfig, null)]))])}"
    ])
    error_message = "The indexes are those that the code's own test derives from its queries."
  }

  assert {
    condition     = module.firestore.expiring == sort([for field in jsondecode(file("../infra/firestore.indexes.json")).fieldOverrides : "${field.collectionGroup}/${field.fieldPath}" if try(field.ttl, false)])
    error_message = "So is what expires."
  }

  assert {
    condition     = module.function["search"].environment.SECRETS == "GEMINI_API_KEY,SECRET_KEY" && module.function["auth"].environment.SECRETS == "SECRET_KEY"
    error_message = "Search asks models; auth does not."
  }

  assert {
    condition     = [for grant in output.grants : grant.member if grant.role == "oqtopusAgentKeyManager"] == [output.identities.registration]
    error_message = "Registration alone manages agents' keys."
  }

  assert {
    condition = toset([for grant in output.grants : grant.member if grant.role == "oqtopusAgentKeyReader"]) == toset([
      output.identities.registration, output.identities.search, output.identities.probe,
    ])
    error_message = "What calls agents reads their keys."
  }

  assert {
    condition     = toset(keys(module.network)) == toset(["agents"]) && alltrue([for name in ["registration", "search", "probe"] : local.functions[name].network == "agents"])
    error_message = "What calls agents leaves through the agents' network."
  }
}

run "behind_a_load_balancer" {
  variables {
    stream_edge = "load_balancer"
    domain      = "oqtopus.example.org"
  }

  assert {
    condition     = [for grant in output.grants : grant.on if grant.member == "allUsers"] == ["function search"]
    error_message = "Only search is open to the load balancer."
  }
}
