# One page: is it up, is it quick, is it full, what does it cost in calls.

locals {
  revision = "resource.type=\"cloud_run_revision\""

  charts = [
    {
      title  = "Requests by function"
      filter = "metric.type=\"run.googleapis.com/request_count\" ${local.revision}"
      align  = "ALIGN_RATE", reduce = "REDUCE_SUM", by = ["resource.labels.service_name"]
    },
    {
      title  = "Failures (5xx) by function"
      filter = "metric.type=\"run.googleapis.com/request_count\" ${local.revision} metric.labels.response_code_class=\"5xx\""
      align  = "ALIGN_RATE", reduce = "REDUCE_SUM", by = ["resource.labels.service_name"]
    },
    {
      title  = "Latency by function, 95th percentile"
      filter = "metric.type=\"run.googleapis.com/request_latencies\" ${local.revision}"
      align  = "ALIGN_DELTA", reduce = "REDUCE_PERCENTILE_95", by = ["resource.labels.service_name"]
    },
    {
      title  = "Searches answered, by who chose the categories"
      filter = "metric.type=\"${local.user_metric}/${google_logging_metric.answered.name}\" ${local.revision}"
      align  = "ALIGN_RATE", reduce = "REDUCE_SUM", by = ["metric.labels.routed_by"]
    },
    {
      title  = "Searches without an answer"
      filter = "metric.type=\"${local.user_metric}/${google_logging_metric.unanswered.name}\" ${local.revision}"
      align  = "ALIGN_RATE", reduce = "REDUCE_SUM", by = []
    },
    {
      title  = "Time of a search, 95th percentile"
      filter = "metric.type=\"${local.user_metric}/${google_logging_metric.duration.name}\" ${local.revision}"
      align  = "ALIGN_DELTA", reduce = "REDUCE_PERCENTILE_95", by = []
    },
    {
      title  = "Time to a search's first event, 95th percentile"
      filter = "metric.type=\"${local.user_metric}/${google_logging_metric.first["event"].name}\" ${local.revision}"
      align  = "ALIGN_DELTA", reduce = "REDUCE_PERCENTILE_95", by = []
    },
    {
      title  = "Time to a search's first words, 95th percentile"
      filter = "metric.type=\"${local.user_metric}/${google_logging_metric.first["words"].name}\" ${local.revision}"
      align  = "ALIGN_DELTA", reduce = "REDUCE_PERCENTILE_95", by = []
    },
    {
      title  = "Calls of agents, by outcome"
      filter = "metric.type=\"${local.user_metric}/${google_logging_metric.agent_calls.name}\" ${local.revision}"
      align  = "ALIGN_DELTA", reduce = "REDUCE_COUNT", by = ["metric.labels.outcome"]
    },
    {
      title  = "Time of agents' calls, 95th percentile, by outcome"
      filter = "metric.type=\"${local.user_metric}/${google_logging_metric.agent_calls.name}\" ${local.revision}"
      align  = "ALIGN_DELTA", reduce = "REDUCE_PERCENTILE_95", by = ["metric.labels.outcome"]
    },
    {
      title  = "Tokens a call given to models, mean, by task"
      filter = "metric.type=\"${local.user_metric}/${google_logging_metric.model_tokens["input"].name}\" ${local.revision}"
      align  = "ALIGN_DELTA", reduce = "REDUCE_MEAN", by = ["metric.labels.task"]
    },
    {
      title  = "Tokens a call made by models, mean, by task"
      filter = "metric.type=\"${local.user_metric}/${google_logging_metric.model_tokens["output"].name}\" ${local.revision}"
      align  = "ALIGN_DELTA", reduce = "REDUCE_MEAN", by = ["metric.labels.task"]
    },
    {
      title  = "Failures of models, by reason"
      filter = "metric.type=\"${local.user_metric}/${google_logging_metric.model_failures.name}\" ${local.revision}"
      align  = "ALIGN_RATE", reduce = "REDUCE_SUM", by = ["metric.labels.reason"]
    },
    {
      title  = "Refused tries, by event"
      filter = "metric.type=\"${local.user_metric}/${google_logging_metric.security.name}\" ${local.revision}"
      align  = "ALIGN_RATE", reduce = "REDUCE_SUM", by = ["metric.labels.event"]
    },
    {
      title  = "Instances by function"
      filter = "metric.type=\"run.googleapis.com/container/instance_count\" ${local.revision}"
      align  = "ALIGN_MAX", reduce = "REDUCE_SUM", by = ["resource.labels.service_name"]
    },
    {
      title  = "Memory by function, 99th percentile"
      filter = "metric.type=\"run.googleapis.com/container/memory/utilizations\" ${local.revision}"
      align  = "ALIGN_DELTA", reduce = "REDUCE_PERCENTILE_99", by = ["resource.labels.service_name"]
    },
    {
      title  = "Documents written"
      filter = "metric.type=\"firestore.googleapis.com/document/write_count\" resource.type=\"firestore_instance\""
      align  = "ALIGN_RATE", reduce = "REDUCE_SUM", by = ["metric.labels.op"]
    },
    {
      title  = "Oldest message by subscription"
      filter = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" resource.type=\"pubsub_subscription\""
      align  = "ALIGN_MAX", reduce = "REDUCE_MAX", by = ["resource.labels.subscription_id"]
    },
  ]
}

resource "google_monitoring_dashboard" "oqtopus" {
  project = var.project

  dashboard_json = jsonencode({
    displayName = "oqtopus"
    mosaicLayout = {
      columns = 12
      tiles = [
        for place, chart in local.charts : {
          xPos   = place % 3 * 4
          yPos   = floor(place / 3) * 4
          width  = 4
          height = 4
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [{
                plotType = "LINE"
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter = chart.filter
                    aggregation = {
                      alignmentPeriod    = "60s"
                      perSeriesAligner   = chart.align
                      crossSeriesReducer = chart.reduce
                      groupByFields      = chart.by
                    }
                  }
                }
              }]
            }
          }
        }
      ]
    }
  })
}
