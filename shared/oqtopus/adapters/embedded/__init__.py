"""A language model that needs no key and no network: MiniLM vectors, a trained head, extractive answers."""
