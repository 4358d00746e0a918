"""Agents' URLs, each with its verdict: the table that the rules U1 to U12 are tested with."""
