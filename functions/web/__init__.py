"""The pages that people use oqtopus by, what they load, and the reference of the API."""
