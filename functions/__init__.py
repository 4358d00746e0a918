"""The deployed functions: one folder each, none of which imports another."""
