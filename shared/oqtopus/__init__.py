"""The library that two or more functions of oqtopus share."""
