"""What oqtopus is about: frozen values and their rules, with no I/O, no clock and no randomness."""
