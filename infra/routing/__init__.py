"""Training and evaluation of the embedded model's head."""
