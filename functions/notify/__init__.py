"""Letters to the owners of agents."""
