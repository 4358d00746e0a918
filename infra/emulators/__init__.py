"""Google's own emulators, and our double of Secret Manager, as processes of this machine."""
