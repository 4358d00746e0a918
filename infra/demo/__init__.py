"""Agents that ``make run`` starts on a laptop, so that a newcomer gets real answers."""
