"""SPEAK: Twilio's dialect of HTTP."""
