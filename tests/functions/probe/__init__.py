"""Tests of the probe function, through the application that is deployed."""
