"""The stores of the embedded mode: one SQLite file, or one in memory for tests."""
