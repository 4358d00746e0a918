# What is refused at the edge. Questions, descriptions and letters are free text, in which rules for SQL and script would
# find attacks that are none; nothing behind speaks SQL, and everything parses strictly. So these rules are about how a
# request is made and how often it comes.

locals {
  rules = {
    scannerdetection = { priority = 1010, expression = "evaluatePreconfiguredWaf('scannerdetection-v33-stable', {'sensitivity': 1})" }
    protocolattack   = { priority = 1020, expression = "evaluatePreconfiguredWaf('protocolattack-v33-stable', {'sensitivity': 1})" }
    sessionfixation  = { priority = 1030, expression = "evaluatePreconfiguredWaf('sessionfixation-v33-stable', {'sensitivity': 1})" }
    # Their own paths are the functions' business, and nobody else's.
    events = { priority = 1100, expression = "request.path.matches('^/(events|healthz)/?$')" }
  }
}

resource "google_compute_security_policy" "policy" {
  project     = var.project
  name        = "oqtopus"
  description = "Floods and malformed requests end here."

  rule {
    action      = "deny(403)"
    priority    = 1000
    description = "Log4Shell and its kin."

    match {
      expr {
        expression = "evaluatePreconfiguredExpr('cve-canary')"
      }
    }
  }

  dynamic "rule" {
    for_each = local.rules

    content {
      action      = "deny(403)"
      priority    = rule.value.priority
      description = rule.key

      match {
        expr {
          expression = rule.value.expression
        }
      }
    }
  }

  rule {
    action      = "throttle"
    priority    = 2000
    description = "Streams cost the most, so an address has few a minute."

    match {
      expr {
        expression = "request.path.matches('${local.stream_paths}')"
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = var.streams_per_minute
        interval_sec = 60
      }
    }
  }

  rule {
    action      = "rate_based_ban"
    priority    = 2100
    description = "An address that floods is shut out for ten minutes."

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action   = "allow"
      exceed_action    = "deny(429)"
      enforce_on_key   = "IP"
      ban_duration_sec = 600

      rate_limit_threshold {
        count        = var.requests_per_minute
        interval_sec = 60
      }

      ban_threshold {
        count        = var.requests_per_minute * 5
        interval_sec = 60
      }
    }
  }

  rule {
    action      = "allow"
    priority    = 2147483647
    description = "Everybody else."

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}

locals {
  stream_paths = "^(${join("|", flatten([for stream in values(var.streams) : concat(stream.paths, keys(stream.aliases))]))})$"
}
