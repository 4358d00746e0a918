"""What is looked for before a change goes in: dangerous calls, secrets in the tree, versions with known faults."""
