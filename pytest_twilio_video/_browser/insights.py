"""Insights: the SDK's telemetry, which is accepted and dropped."""

from __future__ import annotations

import json


__all__ = ["answer"]


def answer(text: str) -> str | None:
    """Return the answer to the frame *text*, or `None` if there is none."""
    try:
        kind = json.loads(text)["type"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if kind != "connect":
        return None
    return json.dumps({"type": "connected", "session": "session", "version": 1})
