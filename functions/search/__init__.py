"""A question answered by agents, streamed."""
