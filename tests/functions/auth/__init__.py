"""Tests of the auth function through its deployed application."""
