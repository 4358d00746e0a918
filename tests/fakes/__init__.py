"""Stand-ins for the world outside: small servers that behave as told."""
