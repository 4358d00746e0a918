# Who may do what, over the whole installation: nothing beside what the manifest says.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}
mock_provider "google-beta" {}

variables {
  project          = "oqtopus-fixture"
  region           = "europe-west1"
  manifest         = "tests/fixtures/functions.yaml"
  packages         = "tests/fixtures/packages.json"
  gateway_document = "tests/fixtures/gateway.yaml"
  alert_email      = "operators@example.org"
  budget           = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 50 }
  mail             = { sender = "oqtopus@example.org" }
  llm_provider     = "gemini"
}

run "installation" {
  assert {
    condition     = length(distinct(values(output.identities))) == 6
    error_message = "Four functions, the gateway and one pusher have an identity each: ${jsonencode(output.identities)}"
  }

  assert {
    condition     = !anytrue([for grant in output.grants : strcontains(grant.member, "allUsers") || strcontains(grant.member, "allAuthenticatedUsers")])
    error_message = "Nobody unknown may do anything."
  }

  assert {
    condition     = !anytrue([for grant in output.grants : contains(["roles/owner", "roles/editor", "roles/viewer"], grant.role)])
    error_message = "No basic roles."
  }

  assert {
    condition = alltrue([
      for grant in output.grants : grant.condition != null || contains(["oqtopusAgentKeyCreator", "roles/logging.logWriter", "roles/telemetry.tracesWriter"], grant.role)
      if grant.on == "project"
    ])
    error_message = "What is granted on the project is narrowed by a condition."
  }

  # Calling functions.
  assert {
    condition = toset([for grant in output.grants : "${grant.member} ${grant.on}" if grant.role == "roles/run.invoker"]) == toset([
      "${output.identities.gateway} function front", "${output.identities.gateway} function keeper", "${output.identities.gateway} function stream",
      "${output.identities["push/listener"]} function listener",
    ])
    error_message = "The gateway calls what has routes, a pusher its function, and nobody calls anything else."
  }

  # Secrets of the installation.
  assert {
    condition = toset([for grant in output.grants : "${grant.member} ${grant.on}" if grant.role == "roles/secretmanager.secretAccessor"]) == toset([
      "${output.identities.front} secret SECRET_KEY", "${output.identities.keeper} secret SECRET_KEY", "${output.identities.stream} secret SECRET_KEY",
      "${output.identities.stream} secret GEMINI_API_KEY", "${output.identities.listener} secret SENDER_APP_PASSWORD",
    ])
    error_message = "Each secret has exactly its readers."
  }

  assert {
    condition     = output.secrets == tolist(["GEMINI_API_KEY", "SECRET_KEY", "SENDER_APP_PASSWORD"])
    error_message = "Only secrets that the settings make necessary are made."
  }

  # Agents' keys.
  assert {
    condition = toset([for grant in output.grants : grant.member if grant.role == "oqtopusAgentKeyReader"]) == toset([
      output.identities.keeper, output.identities.stream,
    ])
    error_message = "Agents' keys are read by those that sign."
  }

  assert {
    condition     = [for grant in output.grants : grant.member if grant.role == "oqtopusAgentKeyManager"] == [output.identities.keeper]
    error_message = "Agents' keys are changed by their keeper."
  }

  assert {
    condition = alltrue([
      for grant in output.grants : grant.condition == "resource.name.startsWith(\"projects/123456789012/secrets/agent-\")"
      if contains(["oqtopusAgentKeyReader", "oqtopusAgentKeyManager"], grant.role)
    ])
    error_message = "Who may touch agents' keys may touch nothing else."
  }

  # Documents.
  assert {
    condition = toset([for grant in output.grants : grant.member if grant.role == "oqtopusDocuments"]) == toset([
      output.identities.front, output.identities.keeper, output.identities.stream,
    ])
    error_message = "Only those with access to documents have it."
  }

  assert {
    condition = alltrue([
      for grant in output.grants : grant.condition == "resource.name == \"projects/oqtopus-fixture/databases/(default)\"" if grant.role == "oqtopusDocuments"
    ])
    error_message = "Access to documents is to those of one database."
  }

  # Messages.
  assert {
    condition = toset([for grant in output.grants : "${grant.member} ${grant.on}" if grant.role == "roles/pubsub.publisher" && !startswith(grant.on, "topic dead.")]) == toset([
      "${output.identities.front} topic thing.done", "${output.identities.stream} topic thing.done", "${output.identities.listener} topic thing.done",
    ])
    error_message = "A topic has exactly its publishers."
  }

  assert {
    condition     = !anytrue([for grant in output.grants : contains(values(output.identities), grant.member) if grant.on == "topic dead.listener" || startswith(grant.on, "subscription ")])
    error_message = "Dead letters are written by Pub/Sub alone."
  }

  # Pushers and the gateway may call, and that is all.
  assert {
    condition = alltrue([
      for grant in output.grants : grant.role == "roles/run.invoker"
      if contains([output.identities.gateway, output.identities["push/listener"]], grant.member)
    ])
    error_message = "What calls functions may do nothing but that."
  }
}

run "another_provider_needs_another_key" {
  variables {
    llm_provider = "openai"
  }

  assert {
    condition     = output.secrets == tolist(["OPENAI_API_KEY", "SECRET_KEY", "SENDER_APP_PASSWORD"])
    error_message = "The key of the provider that is used, and no other."
  }

  assert {
    condition     = [for grant in output.grants : grant.member if grant.on == "secret OPENAI_API_KEY"] == [output.identities.stream]
    error_message = "Its reader is the function that asks models."
  }
}

run "the_embedded_model_needs_none" {
  variables {
    llm_provider = "embedded"
  }

  assert {
    condition     = output.secrets == tolist(["SECRET_KEY", "SENDER_APP_PASSWORD"])
    error_message = "No provider, no key."
  }
}
