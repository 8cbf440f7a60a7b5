"""Dumps that are broken or hostile, and readers of them that are watched."""
