"""Tests of the embedded model, its catalogue and its training."""
