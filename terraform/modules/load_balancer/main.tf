# One host name for everything: routes that stream go straight to their functions, all others to the gateway. It holds
# nothing back, has no limit on a stream's length but the function's own, and stops floods before they cost anything.

resource "google_compute_global_address" "address" {
  project = var.project
  name    = "oqtopus"
}

resource "google_compute_region_network_endpoint_group" "stream" {
  for_each              = var.streams
  project               = var.project
  region                = var.region
  name                  = "oqtopus-${each.key}"
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = each.key
  }
}

resource "google_compute_region_network_endpoint_group" "gateway" {
  provider              = google-beta
  project               = var.project
  region                = var.region
  name                  = "oqtopus-gateway"
  network_endpoint_type = "SERVERLESS"

  serverless_deployment {
    platform = "apigateway.googleapis.com"
    resource = var.gateway
  }
}

resource "google_compute_backend_service" "stream" {
  for_each              = var.streams
  project               = var.project
  name                  = "oqtopus-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.policy.id

  backend {
    group = google_compute_region_network_endpoint_group.stream[each.key].id
  }

  log_config {
    enable      = true
    sample_rate = var.log_sample
  }
}

resource "google_compute_backend_service" "gateway" {
  project               = var.project
  name                  = "oqtopus-gateway"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.policy.id

  backend {
    group = google_compute_region_network_endpoint_group.gateway.id
  }

  log_config {
    enable      = true
    sample_rate = var.log_sample
  }
}

resource "google_compute_url_map" "routes" {
  project         = var.project
  name            = "oqtopus"
  default_service = google_compute_backend_service.gateway.id

  host_rule {
    hosts        = [var.domain]
    path_matcher = "oqtopus"
  }

  path_matcher {
    name            = "oqtopus"
    default_service = google_compute_backend_service.gateway.id

    dynamic "path_rule" {
      for_each = var.streams

      content {
        paths   = path_rule.value.paths
        service = google_compute_backend_service.stream[path_rule.key].id
      }
    }

    # An alias is another address of a route: the function gets to see the route's own.
    dynamic "path_rule" {
      for_each = merge([
        for name, stream in var.streams : { for alias, path in stream.aliases : alias => { function = name, path = path } }
      ]...)

      content {
        paths = [path_rule.key]

        route_action {
          url_rewrite {
            path_prefix_rewrite = path_rule.value.path
          }

          weighted_backend_services {
            backend_service = google_compute_backend_service.stream[path_rule.value.function].id
            weight          = 100
          }
        }
      }
    }
  }
}

resource "google_compute_managed_ssl_certificate" "certificate" {
  project = var.project
  name    = "oqtopus-${substr(sha256(var.domain), 0, 8)}"

  managed {
    domains = [var.domain]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_ssl_policy" "modern" {
  project         = var.project
  name            = "oqtopus"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_target_https_proxy" "https" {
  project          = var.project
  name             = "oqtopus"
  url_map          = google_compute_url_map.routes.id
  ssl_certificates = [google_compute_managed_ssl_certificate.certificate.id]
  ssl_policy       = google_compute_ssl_policy.modern.id
}

resource "google_compute_global_forwarding_rule" "https" {
  project               = var.project
  name                  = "oqtopus-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.address.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.https.id
}
