"""Tests of the registration function, through the application that is deployed."""
