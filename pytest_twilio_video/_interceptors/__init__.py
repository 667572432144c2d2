"""Interception: requests to Twilio Video's hosts, through any client library."""

from __future__ import annotations

from .active import Interceptor


__all__ = ["Interceptor"]
