"""The pairs that citations and disagreements are judged by, and the judging."""
