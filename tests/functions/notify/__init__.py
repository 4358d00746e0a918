"""Tests of the notify function, through the application that is deployed."""
