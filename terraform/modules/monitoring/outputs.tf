output "channel" {
  description = "The notification channel's full name."
  value       = google_monitoring_notification_channel.mail.id
}
