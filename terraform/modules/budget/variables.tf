variable "billing_account" {
  description = "The billing account that the project is on."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "A billing account looks like 012345-6789AB-CDEF01."
  }
}

variable "channels" {
  description = "Full names of the notification channels that are told, beside the billing account's administrators."
  type        = list(string)
}

variable "currency" {
  description = "The billing account's currency."
  type        = string
  default     = "USD"
}

variable "monthly_amount" {
  description = "What a month may cost, in whole units of the currency."
  type        = number

  validation {
    condition     = var.monthly_amount >= 1 && floor(var.monthly_amount) == var.monthly_amount
    error_message = "The amount is a whole number, 1 at least."
  }
}

variable "project_number" {
  description = "The project's number."
  type        = string
}
