"""The signaling of Twilio's SDK for browsers, without I/O, and the script for its pages."""
