"""Tests of the web function, through the application that is deployed."""
