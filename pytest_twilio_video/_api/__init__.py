"""The API: how Twilio Video answers HTTP requests."""
