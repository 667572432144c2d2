"""TELL: status callbacks, signed as Twilio signs them and handed to the application under test."""
