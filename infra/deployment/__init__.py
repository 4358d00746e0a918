"""What `make bootstrap`, `plan`, `deploy`, `destroy` and `smoke` do."""
