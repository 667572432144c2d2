"""A fake Twilio Video for your tests: rooms, people, time and webhooks, all in one process."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from ._api.faults import Fault
    from ._engine.clock import Clock, Timer
    from ._engine.events import Event
    from ._webhooks.callback import Callback
    from ._webhooks.delivery import Callbacks
    from .arranging import Rooms
    from .calls import Call
    from .errors import (
        BlockedRequestError,
        InvalidArgumentError,
        InvalidFieldError,
        InvalidSettingError,
        MovedTimeError,
        OpenRoomsWarning,
        RefusedError,
        TwilioVideoError,
        UndeliverableCallbackError,
        UndeliverableCallbackWarning,
        UnknownEndpointWarning,
        VideoSdkError,
    )
    from .fake import FakeTwilioVideo
    from .live import Collection
    from .media_views import Composition, CompositionHook, Recording
    from .timeline import Timeline
    from .views import Participant, PublishedTrack, Room


__all__ = [
    "BlockedRequestError",
    "Call",
    "Callback",
    "Callbacks",
    "Clock",
    "Collection",
    "Composition",
    "CompositionHook",
    "Event",
    "FakeTwilioVideo",
    "Fault",
    "InvalidArgumentError",
    "InvalidFieldError",
    "InvalidSettingError",
    "MovedTimeError",
    "OpenRoomsWarning",
    "Participant",
    "PublishedTrack",
    "Recording",
    "RefusedError",
    "Room",
    "Rooms",
    "Timeline",
    "Timer",
    "TwilioVideoError",
    "UndeliverableCallbackError",
    "UndeliverableCallbackWarning",
    "UnknownEndpointWarning",
    "VideoSdkError",
]

# Where each public name is defined. It is looked up when it is first asked for, because pytest
# loads this package at its start, long before any test needs what is in it.
_HOMES = {
    "Call": "calls",
    "Callback": "_webhooks.callback",
    "Callbacks": "_webhooks.delivery",
    "Clock": "_engine.clock",
    "Collection": "live",
    "Composition": "media_views",
    "CompositionHook": "media_views",
    "Event": "_engine.events",
    "FakeTwilioVideo": "fake",
    "Fault": "_api.faults",
    "Participant": "views",
    "PublishedTrack": "views",
    "Recording": "media_views",
    "Room": "views",
    "Rooms": "arranging",
    "Timeline": "timeline",
    "Timer": "_engine.clock",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    home = import_module(f"{__name__}.{_HOMES.get(name, 'errors')}")
    value = globals()[name] = getattr(home, name)
    return value


def __dir__() -> list[str]:
    return __all__
