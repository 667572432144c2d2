"""What a test holds: the fake, its clock, its resources and collections, and assertions."""
