"""The resources of Twilio Video: one module for each, without HTTP."""
