"""The API: Twilio's dialect of HTTP."""
