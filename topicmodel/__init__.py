"""Turns a dump of product descriptions into a two-level category tree with names and a report."""

__version__ = "0.1.0"
