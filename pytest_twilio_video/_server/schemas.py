"""JSON schemas for the description of the control API."""

from __future__ import annotations

from typing import Any, Final


__all__ = [
    "CALL",
    "CALLBACK",
    "CALLBACKS",
    "CLOCK",
    "EVENT",
    "FAULT",
    "KIND",
    "KINDS",
    "MESSAGE",
    "MOMENT",
    "NEW_FAULT",
    "NEW_ROOM",
    "PARTICIPANT",
    "POPULATE",
    "ROOM",
    "STATE",
    "TEXT",
    "TEXT_OR_NULL",
    "TIMERS",
    "TRACK",
    "TRUTH",
    "UNITS",
    "WHOLE",
    "array",
]

Schema = dict[str, Any]


def array(items: Any) -> Schema:
    """Return the schema of an array. *items* is a schema, or the properties of an object."""
    return {
        "type": "array",
        "items": items if "type" in items else {"type": "object", "properties": items},
    }


def _or_null(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}


TEXT: Final[Schema] = {"type": "string"}
TEXT_OR_NULL: Final = _or_null(TEXT)
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
WHOLE: Final[Schema] = {"type": "integer"}
TRUTH: Final[Schema] = {"type": "boolean"}
ANY: Final[Schema] = {}

KINDS: Final = ("audio", "video", "data")
KIND: Final[Schema] = {"type": "string", "enum": list(KINDS)}

UNITS: Final[dict[str, Schema]] = {
    name: {"type": "number"}
    for name in ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
}
TIMERS: Final = array({"due": MOMENT, "what": TEXT})
CLOCK: Final = {"now": MOMENT, "pending": TIMERS}
STATE: Final = {
    "version": TEXT,
    "now": MOMENT,
    "account_sid": TEXT,
    "rooms": WHOLE,
    "callbacks": WHOLE,
    "pending_callbacks": WHOLE,
}
TRACK: Final = {"sid": TEXT, "name": TEXT, "kind": KIND, "enabled": TRUTH}
MESSAGE: Final = {
    "data": TEXT_OR_NULL,
    "base64": TEXT_OR_NULL,
    "track": TEXT,
    "sender": TEXT,
}
PARTICIPANT: Final = {
    "sid": TEXT,
    "identity": TEXT,
    "status": TEXT,
    "published_tracks": array(TRACK),
}
ROOM: Final = {
    "sid": TEXT,
    "unique_name": TEXT,
    "status": TEXT,
    "participants": array(PARTICIPANT),
}
NEW_ROOM: Final[dict[str, Schema]] = {
    "unique_name": TEXT_OR_NULL,
    "type": TEXT,
    "enable_turn": TRUTH,
    "status_callback": TEXT_OR_NULL,
    "status_callback_method": TEXT,
    "max_participants": _or_null(WHOLE),
    "record_participants_on_connect": TRUTH,
    "recording_rules": ANY,
    "transcribe_participants_on_connect": TRUTH,
    "transcriptions_configuration": ANY,
    "video_codecs": {"type": "array", "items": TEXT},
    "media_region": TEXT,
    "audio_only": TRUTH,
    "max_participant_duration": WHOLE,
    "empty_room_timeout": WHOLE,
    "unused_room_timeout": WHOLE,
    "large_room": TRUTH,
}
CALLBACK: Final = {
    "id": TEXT,
    "event": TEXT,
    "url": TEXT,
    "method": TEXT,
    "params": {"type": "object"},
    "at": MOMENT,
    "status_code": _or_null(WHOLE),
    "problem": TEXT_OR_NULL,
}
CALLBACKS: Final = {"callbacks": array(CALLBACK)}
NEW_FAULT: Final[dict[str, Schema]] = {
    "method": TEXT_OR_NULL,
    "path": TEXT_OR_NULL,
    "status": _or_null(WHOLE),
    "code": _or_null(WHOLE),
    "message": TEXT_OR_NULL,
    "times": _or_null(WHOLE),
    "after": WHOLE,
    "retry_after": _or_null(WHOLE),
    "error": {"type": ["string", "null"], "enum": ["timeout", "connect", "reset", None]},
    "when": {"type": "string", "enum": ["before", "after"]},
}
FAULT: Final = NEW_FAULT | {"id": TEXT, "hits": WHOLE}
POPULATE: Final[dict[str, Schema]] = {
    "rooms": WHOLE | {"minimum": 0, "maximum": 1000},
    "participants": WHOLE,
    "recordings": TRUTH,
    "over": {"type": "object", "properties": UNITS, "additionalProperties": False},
}
CALL: Final = {
    "method": TEXT,
    "path": TEXT,
    "status": _or_null(WHOLE),
    "client": TEXT,
    "at": MOMENT,
    "params": {"type": "object"},
    "code": _or_null(WHOLE),
    "unread": TEXT,
}
EVENT: Final = {
    "name": TEXT,
    "at": MOMENT,
    "room_sid": TEXT_OR_NULL,
    "record": TEXT,
    "details": {"type": "object"},
}
