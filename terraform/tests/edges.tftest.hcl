# What a function is told, and where people come in: by the gateway, and with a load balancer before it.

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
}

run "gateway" {
  assert {
    condition     = output.url == "https://${module.gateway.hostname}"
    error_message = "People come in by the gateway's own name."
  }

  assert {
    condition = (
      module.function["front"].environment.BEHIND_GATEWAY == "1" && module.function["stream"].environment.BEHIND_GATEWAY == "1" &&
      module.function["front"].environment.TRUSTED_PROXY_HOPS == "2"
    )
    error_message = "Behind the gateway a caller's credential has another name, and its address stands before the gateway's."
  }

  assert {
    condition     = module.function["front"].ingress == "ALLOW_ALL" && module.function["stream"].ingress == "ALLOW_ALL"
    error_message = "The gateway reaches functions over their public addresses."
  }

  assert {
    condition     = module.function["listener"].ingress == "ALLOW_INTERNAL_ONLY"
    error_message = "What only messages reach is internal."
  }

  assert {
    condition     = length(module.load_balancer) == 0 && output.load_balancer_address == null
    error_message = "There is no load balancer unless it is asked for."
  }

  assert {
    condition = alltrue([
      for function in values(module.function) :
      function.environment.APP_ENV == "production" && function.environment.STORE == "firestore" && function.environment.BUS == "pubsub" &&
      function.environment.PK_STORAGE_TYPE == "secret_manager" && function.environment.PUBLIC_URL == output.url
    ])
    error_message = "Every function runs in production's mode and knows where people reach it."
  }

  assert {
    condition = toset(split(",", module.function["stream"].environment.PUBLIC_HOSTS)) == toset([
      module.gateway.hostname, "front-123456789012.europe-west1.run.app", "keeper-123456789012.europe-west1.run.app",
      "listener-123456789012.europe-west1.run.app", "stream-123456789012.europe-west1.run.app",
    ])
    error_message = "No agent may be one of our own hosts."
  }

  assert {
    condition = (
      module.function["listener"].environment.PUSH_AUDIENCE == "https://listener-123456789012.europe-west1.run.app" &&
      "serviceAccount:${module.function["listener"].environment.PUSH_ACCOUNT}" == "serviceAccount:${trimprefix(output.identities["push/listener"], "serviceAccount:")}"
    )
    error_message = "What is pushed to a function is believed by its audience and account."
  }

  assert {
    condition     = !can(module.function["front"].environment.PUSH_ACCOUNT)
    error_message = "A function without topics believes nobody's pushes."
  }

  assert {
    condition     = module.function["front"].environment.SECRETS == "SECRET_KEY" && module.function["stream"].environment.SECRETS == "SECRET_KEY"
    error_message = "A function is told the names of the secrets that it reads."
  }

  assert {
    condition = alltrue(flatten([
      for function in values(module.function) : [for name in ["SECRET_KEY", "GEMINI_API_KEY", "SENDER_APP_PASSWORD"] : !can(function.environment[name])]
    ]))
    error_message = "No secret stands in an environment."
  }
}

run "load_balancer" {
  variables {
    stream_edge = "load_balancer"
    domain      = "oqtopus.example.org"
  }

  assert {
    condition     = output.url == "https://oqtopus.example.org" && module.function["front"].environment.PUBLIC_URL == "https://oqtopus.example.org"
    error_message = "People come in by the domain."
  }

  assert {
    condition = (
      [for grant in output.grants : grant.on if grant.member == "allUsers"] == ["function stream"] &&
      module.function["stream"].ingress == "ALLOW_INTERNAL_AND_GCLB"
    )
    error_message = "Only what streams is open to callers without an identity, and only the load balancer reaches it."
  }

  assert {
    condition     = !anytrue([for grant in output.grants : grant.member == output.identities.gateway && grant.on == "function stream"])
    error_message = "The gateway has no business with what streams any more."
  }

  assert {
    condition = (
      module.function["stream"].environment.BEHIND_GATEWAY == "0" && module.function["stream"].environment.TRUSTED_PROXY_HOPS == "2" &&
      module.function["front"].environment.BEHIND_GATEWAY == "1" && module.function["front"].environment.TRUSTED_PROXY_HOPS == "3"
    )
    error_message = "What streams reads Authorization itself; the others have the gateway and the load balancer before them."
  }

  assert {
    condition     = length(module.load_balancer) == 1 && output.load_balancer_address != null
    error_message = "The load balancer has an address for the domain."
  }
}

run "hops_can_be_mended" {
  variables {
    trusted_proxy_hops = { gateway = 1 }
  }

  assert {
    condition     = module.function["front"].environment.TRUSTED_PROXY_HOPS == "1"
    error_message = "What make smoke finds can be set."
  }
}

run "settings_and_versions" {
  variables {
    settings        = { QUOTA_USER_PER_DAY = "20" }
    secret_versions = { SECRET_KEY = "3" }
    function_limits = { front = { max_instances = 7, min_instances = 2 } }
  }

  assert {
    condition     = alltrue([for function in values(module.function) : function.environment.QUOTA_USER_PER_DAY == "20"])
    error_message = "A setting reaches every function."
  }

  assert {
    condition     = module.function["front"].environment.SECRETS == "SECRET_KEY:3" && module.function["listener"].environment.SECRETS == "SENDER_APP_PASSWORD"
    error_message = "A version that is named is the one that is read."
  }

  assert {
    condition = (
      module.function["front"].limits == { concurrency = 40, cpu = 1, max_instances = 7, memory = "512Mi", min_instances = 2, timeout_seconds = 30 } &&
      module.function["stream"].limits == { concurrency = 80, cpu = 2, max_instances = 9, memory = "1Gi", min_instances = 1, timeout_seconds = 120 }
    )
    error_message = "Limits are the manifest's unless they are set."
  }
}
