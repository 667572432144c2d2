"""CLAIM: what can be claimed, whether it is so, and in words why it is not."""
