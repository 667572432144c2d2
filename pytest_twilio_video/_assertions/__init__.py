"""Assertions: which names and values they take, what is equal, and why they fail."""
