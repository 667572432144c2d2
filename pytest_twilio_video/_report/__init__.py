"""The report: what happened in a fake, as text, as a diagram and as an HTML page."""

from __future__ import annotations

from typing import Final


__all__ = ["SECTION"]

SECTION: Final = "twilio video"
"""The beginning of the titles of our sections. Sections with such a title are colored."""
