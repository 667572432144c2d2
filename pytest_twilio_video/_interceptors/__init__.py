"""Interception: how requests of each client library to Twilio Video reach the fake."""

from __future__ import annotations

from .active import Interceptor


__all__ = ["Interceptor"]
