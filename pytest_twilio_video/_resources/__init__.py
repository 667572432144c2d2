"""What Twilio Video is: one module for each resource, and no HTTP."""
