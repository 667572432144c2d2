"""A server for browsers and other processes. It is imported when one is started."""
