"""The report: what happened in a fake, as text, diagram and page."""
