"""The server, through which browsers and other processes use a fake."""
