"""What runs oqtopus: the manifest, the gateway, the packager and the demo agents."""
