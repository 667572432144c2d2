"""MEAN: what Twilio Video is, one module per resource, and no HTTP."""
