"""A double of Google Secret Manager: a gRPC server on loopback that keeps everything in memory."""
