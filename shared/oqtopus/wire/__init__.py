"""Everything that knows HTTP: requests, responses, problem documents and event streams."""
