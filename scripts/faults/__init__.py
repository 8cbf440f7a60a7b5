"""Runs that accidents befall, and what is left of them."""
