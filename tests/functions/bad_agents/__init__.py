"""Searches among agents that misbehave, over real sockets."""
