# The ways in.

mock_provider "google" {}
mock_provider "google-beta" {}

variables {
  project = "oqtopus-fixture"
  region  = "europe-west1"
}

run "gateway" {
  module {
    source = "./modules/gateway"
  }

  variables {
    deletion_protection = true
    document            = "openapi: 3.0.4\nx-google-api-management: { backends: { a: { address: 'https://a.example', jwtAudience: 'https://a.example', deadline: 30.0 } } }\npaths: {}"
  }

  assert {
    condition     = base64decode(google_api_gateway_api_config.config.openapi_documents[0].document[0].contents) == var.document
    error_message = "The gateway serves the document."
  }

  assert {
    condition     = google_api_gateway_api_config.config.gateway_config[0].backend_config[0].google_service_account == google_service_account.identity.email
    error_message = "The gateway calls as itself."
  }

  assert {
    condition     = google_api_gateway_gateway.gateway.deletion_policy == "PREVENT"
    error_message = "A gateway that has an address people know is not deleted by a slip."
  }
}

run "load_balancer" {
  module {
    source = "./modules/load_balancer"
  }

  variables {
    domain  = "oqtopus.example.org"
    gateway = "oqtopus"
    streams = { stream = { paths = ["/v1/stream"], aliases = { "/stream" = "/v1/stream" } } }
  }

  assert {
    condition     = google_compute_region_network_endpoint_group.stream["stream"].cloud_run[0].service == "stream"
    error_message = "Streams go straight to their function."
  }

  assert {
    condition     = google_compute_region_network_endpoint_group.gateway.serverless_deployment[0].platform == "apigateway.googleapis.com" && google_compute_region_network_endpoint_group.gateway.serverless_deployment[0].resource == "oqtopus"
    error_message = "Everything else goes to the gateway."
  }

  assert {
    condition     = google_compute_url_map.routes.default_service == google_compute_backend_service.gateway.id && google_compute_url_map.routes.path_matcher[0].default_service == google_compute_backend_service.gateway.id
    error_message = "What is no stream is the gateway's."
  }

  assert {
    condition     = toset(flatten([for rule in google_compute_url_map.routes.path_matcher[0].path_rule : rule.paths])) == toset(["/v1/stream", "/stream"])
    error_message = "The paths that stream are the manifest's, aliases too."
  }

  assert {
    condition     = [for rule in google_compute_url_map.routes.path_matcher[0].path_rule : rule.route_action[0].url_rewrite[0].path_prefix_rewrite if rule.paths == toset(["/stream"])] == ["/v1/stream"]
    error_message = "An alias arrives under its own route's path."
  }

  assert {
    condition     = alltrue([for backend in concat(values(google_compute_backend_service.stream), [google_compute_backend_service.gateway]) : backend.security_policy == google_compute_security_policy.policy.id && backend.load_balancing_scheme == "EXTERNAL_MANAGED"])
    error_message = "Nothing gets past Cloud Armor."
  }

  assert {
    condition     = toset([for rule in google_compute_security_policy.policy.rule : rule.action]) == toset(["allow", "deny(403)", "rate_based_ban", "throttle"])
    error_message = "There are rules for how requests are made and for how often they come."
  }

  assert {
    condition     = [for rule in google_compute_security_policy.policy.rule : rule.match[0].expr[0].expression if rule.action == "throttle"] == ["request.path.matches('^(/v1/stream|/stream)$')"]
    error_message = "Streams have a rate of their own."
  }

  assert {
    condition     = google_compute_ssl_policy.modern.min_tls_version == "TLS_1_2" && google_compute_global_forwarding_rule.https.port_range == "443"
    error_message = "TLS 1.2 at least, and nothing without it."
  }
}
