"""The report: what happened in a fake, as text, as a diagram and as an HTML page."""
