"""Assertions: their field names, how values are compared, and the messages of failures."""
