"""Small, replaceable pieces that guard accounts, keys and calls; each attack on them is a test."""
