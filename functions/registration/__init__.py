"""Agents of owners, and the public catalogue of them."""
