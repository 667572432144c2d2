"""CATCH: requests to Twilio Video's hosts, whichever client library they come through."""

from __future__ import annotations

from .active import Catch


__all__ = ["Catch"]
