# What modules refuse whatever the root gives them.

mock_provider "google" {}
mock_provider "google-beta" {}

run "a_public_function" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name        = "front"
    project     = "oqtopus-fixture"
    region      = "europe-west1"
    account     = "a@example.org"
    description = "Answers people"
    entry_point = "front"
    environment = {}
    build       = { bucket = "b", object = "o", repository = "r", service_account = "s" }
    limits      = { concurrency = 1, cpu = 1, max_instances = 1, memory = "512Mi", timeout_seconds = 60 }
    ingress     = "ALLOW_ALL"
    invokers    = { everybody = "allUsers" }
  }

  expect_failures = [var.invokers]
}

run "a_function_for_every_google_account" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name        = "front"
    project     = "oqtopus-fixture"
    region      = "europe-west1"
    account     = "a@example.org"
    description = "Answers people"
    entry_point = "front"
    environment = {}
    build       = { bucket = "b", object = "o", repository = "r", service_account = "s" }
    limits      = { concurrency = 1, cpu = 1, max_instances = 1, memory = "512Mi", timeout_seconds = 60 }
    ingress     = "ALLOW_INTERNAL_AND_GCLB"
    invokers    = { everybody = "allAuthenticatedUsers" }
  }

  expect_failures = [var.invokers]
}

run "a_secret_in_the_environment" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name        = "front"
    project     = "oqtopus-fixture"
    region      = "europe-west1"
    account     = "a@example.org"
    description = "Answers people"
    entry_point = "front"
    environment = { GEMINI_API_KEY = "x" }
    build       = { bucket = "b", object = "o", repository = "r", service_account = "s" }
    limits      = { concurrency = 1, cpu = 1, max_instances = 1, memory = "512Mi", timeout_seconds = 60 }
  }

  expect_failures = [var.environment]
}

run "a_door_of_another_kind" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name        = "front"
    project     = "oqtopus-fixture"
    region      = "europe-west1"
    account     = "a@example.org"
    description = "Answers people"
    entry_point = "front"
    environment = {}
    build       = { bucket = "b", object = "o", repository = "r", service_account = "s" }
    limits      = { concurrency = 1, cpu = 1, max_instances = 1, memory = "512Mi", timeout_seconds = 60 }
    ingress     = "OPEN"
  }

  expect_failures = [var.ingress]
}

run "half_a_processor_for_many" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name        = "front"
    project     = "oqtopus-fixture"
    region      = "europe-west1"
    account     = "a@example.org"
    description = "Answers people"
    entry_point = "front"
    environment = {}
    build       = { bucket = "b", object = "o", repository = "r", service_account = "s" }
    limits      = { concurrency = 2, cpu = 0.5, max_instances = 1, memory = "512Mi", timeout_seconds = 60 }
  }

  expect_failures = [var.limits]
}

run "more_kept_than_allowed" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name        = "front"
    project     = "oqtopus-fixture"
    region      = "europe-west1"
    account     = "a@example.org"
    description = "Answers people"
    entry_point = "front"
    environment = {}
    build       = { bucket = "b", object = "o", repository = "r", service_account = "s" }
    limits      = { concurrency = 1, cpu = 1, max_instances = 1, min_instances = 2, memory = "512Mi", timeout_seconds = 60 }
  }

  expect_failures = [var.limits]
}

run "too_long_a_request" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name        = "front"
    project     = "oqtopus-fixture"
    region      = "europe-west1"
    account     = "a@example.org"
    description = "Answers people"
    entry_point = "front"
    environment = {}
    build       = { bucket = "b", object = "o", repository = "r", service_account = "s" }
    limits      = { concurrency = 1, cpu = 1, max_instances = 1, memory = "512Mi", timeout_seconds = 3601 }
  }

  expect_failures = [var.limits]
}

run "a_name_that_no_account_can_carry" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    name        = "a-name-that-is-much-too-long"
    project     = "oqtopus-fixture"
    description = "x"
  }

  expect_failures = [var.name]
}

run "a_secret_named_like_an_agents" {
  command = plan

  module {
    source = "./modules/secret"
  }

  variables {
    name                = "agent-1"
    project             = "oqtopus-fixture"
    region              = "europe-west1"
    deletion_protection = true
    readers             = {}
  }

  expect_failures = [var.name]
}

run "too_few_attempts" {
  command = plan

  module {
    source = "./modules/subscriptions"
  }

  variables {
    function        = "listener"
    project         = "oqtopus-fixture"
    region          = "europe-west1"
    kms_key         = "k"
    pubsub_agent    = "serviceAccount:pubsub@example.org"
    timeout_seconds = 60
    topics          = {}
    audience        = "https://listener.example.org"
    delivery        = { attempts = 4, shortest_backoff_seconds = 10, longest_backoff_seconds = 600 }
  }

  expect_failures = [var.delivery]
}

run "pauses_the_wrong_way_round" {
  command = plan

  module {
    source = "./modules/subscriptions"
  }

  variables {
    function        = "listener"
    project         = "oqtopus-fixture"
    region          = "europe-west1"
    kms_key         = "k"
    pubsub_agent    = "serviceAccount:pubsub@example.org"
    timeout_seconds = 60
    topics          = {}
    audience        = "https://listener.example.org"
    delivery        = { attempts = 100, shortest_backoff_seconds = 601, longest_backoff_seconds = 600 }
  }

  expect_failures = [var.delivery]
}

run "tokens_in_the_clear" {
  command = plan

  module {
    source = "./modules/subscriptions"
  }

  variables {
    function        = "listener"
    project         = "oqtopus-fixture"
    region          = "europe-west1"
    kms_key         = "k"
    pubsub_agent    = "serviceAccount:pubsub@example.org"
    timeout_seconds = 60
    topics          = {}
    audience        = "http://listener.example.org"
    delivery        = { attempts = 100, shortest_backoff_seconds = 10, longest_backoff_seconds = 600 }
  }

  expect_failures = [var.audience]
}

run "a_schedule_of_seconds" {
  command = plan

  module {
    source = "./modules/topic"
  }

  variables {
    name          = "tick.due"
    project       = "oqtopus-fixture"
    region        = "europe-west1"
    kms_key       = "k"
    every_minutes = 0.5
  }

  expect_failures = [var.every_minutes]
}

run "a_range_without_room" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    name    = "agents"
    project = "oqtopus-fixture"
    region  = "europe-west1"
    range   = "10.0.0.0/28"
  }

  expect_failures = [var.range]
}

run "a_package_without_its_hash" {
  command = plan

  module {
    source = "./modules/packages"
  }

  variables {
    project        = "oqtopus-fixture"
    project_number = "1"
    region         = "europe-west1"
    kms_key        = "k"
    packages       = { front = { archive = "front.zip" } }
  }

  expect_failures = [var.packages]
}

run "a_backend_without_a_deadline" {
  command = plan

  module {
    source = "./modules/gateway"
  }

  variables {
    project             = "oqtopus-fixture"
    region              = "europe-west1"
    deletion_protection = true
    document            = "openapi: 3.0.4\nx-google-api-management: { backends: { a: { address: 'https://a.example', jwtAudience: 'https://a.example' } } }\npaths: {}"
  }

  expect_failures = [var.document]
}

run "a_backend_that_anybody_may_call" {
  command = plan

  module {
    source = "./modules/gateway"
  }

  variables {
    project             = "oqtopus-fixture"
    region              = "europe-west1"
    deletion_protection = true
    document            = "openapi: 3.0.4\nx-google-api-management: { backends: { a: { address: 'https://a.example', deadline: 30.0, disableAuth: true } } }\npaths: {}"
  }

  expect_failures = [var.document]
}

run "a_backend_in_the_clear" {
  command = plan

  module {
    source = "./modules/gateway"
  }

  variables {
    project             = "oqtopus-fixture"
    region              = "europe-west1"
    deletion_protection = true
    document            = "openapi: 3.0.4\nx-google-api-management: { backends: { a: { address: 'http://a.example', jwtAudience: 'http://a.example', deadline: 30.0 } } }\npaths: {}"
  }

  expect_failures = [var.document]
}

run "a_stream_with_parameters" {
  command = plan

  module {
    source = "./modules/load_balancer"
  }

  variables {
    project = "oqtopus-fixture"
    region  = "europe-west1"
    domain  = "oqtopus.example.org"
    gateway = "oqtopus"
    streams = { stream = { paths = ["/v1/streams/{id}"], aliases = {} } }
  }

  expect_failures = [var.streams]
}

run "a_domain_that_is_none" {
  command = plan

  module {
    source = "./modules/load_balancer"
  }

  variables {
    project = "oqtopus-fixture"
    region  = "europe-west1"
    domain  = "https://oqtopus.example.org"
    gateway = "oqtopus"
    streams = {}
  }

  expect_failures = [var.domain]
}

run "a_budget_of_nothing" {
  command = plan

  module {
    source = "./modules/budget"
  }

  variables {
    billing_account = "012345-6789AB-CDEF01"
    channels        = []
    monthly_amount  = 0
    project_number  = "1"
  }

  expect_failures = [var.monthly_amount]
}

