"""The library that two or more functions of oqtopus share, its Python client and its command."""

__version__ = "0.1.0"
