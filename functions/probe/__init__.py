"""Probes of agents on a schedule, and the count of how their calls go."""
