"""The objects that a test uses: the fake, its clock, its resources, and its assertions."""
