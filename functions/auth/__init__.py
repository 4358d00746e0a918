"""Accounts, sessions, API tokens and the quota of whoever asks."""
