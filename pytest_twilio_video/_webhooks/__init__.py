"""Status callbacks: their payloads, their signatures, and their delivery to an application."""
