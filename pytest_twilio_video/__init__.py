"""A fake Twilio Video for your tests: rooms, participants, time and webhooks in one process."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from ._api.faults import Fault
    from ._engine.account import Event
    from ._engine.timers import Timer
    from ._fake.arrange import Rooms
    from ._fake.call import Call
    from ._fake.clock import Clock
    from ._fake.collection import Collection
    from ._fake.fake import FakeTwilioVideo
    from ._fake.resources import (
        Composition,
        CompositionHook,
        Message,
        Participant,
        PublishedTrack,
        Recording,
        Room,
    )
    from ._fake.timeline import Timeline
    from ._server.server import FakeTwilioVideoServer
    from ._webhooks.callback import Callback, CallbackResponse
    from ._webhooks.callbacks import Callbacks
    from .errors import (
        BlockedRequestError,
        EndlessCallbacksError,
        IgnoredSettingWarning,
        InvalidArgumentError,
        InvalidFieldError,
        InvalidSettingError,
        LegacyRoomTypeWarning,
        MovedTimeError,
        OpenRoomsWarning,
        RefusedError,
        RunawayTimeWarning,
        TwilioVideoError,
        UndeliverableCallbackError,
        UndeliverableCallbackWarning,
        UnfinishedHandlerWarning,
        UnknownEndpointWarning,
        UnknownParameterWarning,
        UnusedFaultWarning,
        VideoSdkError,
    )


__all__ = [
    "BlockedRequestError",
    "Call",
    "Callback",
    "CallbackResponse",
    "Callbacks",
    "Clock",
    "Collection",
    "Composition",
    "CompositionHook",
    "EndlessCallbacksError",
    "Event",
    "FakeTwilioVideo",
    "FakeTwilioVideoServer",
    "Fault",
    "IgnoredSettingWarning",
    "InvalidArgumentError",
    "InvalidFieldError",
    "InvalidSettingError",
    "LegacyRoomTypeWarning",
    "Message",
    "MovedTimeError",
    "OpenRoomsWarning",
    "Participant",
    "PublishedTrack",
    "Recording",
    "RefusedError",
    "Room",
    "Rooms",
    "RunawayTimeWarning",
    "Timeline",
    "Timer",
    "TwilioVideoError",
    "UndeliverableCallbackError",
    "UndeliverableCallbackWarning",
    "UnfinishedHandlerWarning",
    "UnknownEndpointWarning",
    "UnknownParameterWarning",
    "UnusedFaultWarning",
    "VideoSdkError",
]

# The module of each public name. A name is imported when it is first used, because pytest loads
# this package at its start, long before a test needs any of them.
_HOMES = {
    "Call": "_fake.call",
    "Callback": "_webhooks.callback",
    "CallbackResponse": "_webhooks.callback",
    "Callbacks": "_webhooks.callbacks",
    "Clock": "_fake.clock",
    "Collection": "_fake.collection",
    "Composition": "_fake.resources",
    "CompositionHook": "_fake.resources",
    "Event": "_engine.account",
    "FakeTwilioVideo": "_fake.fake",
    "FakeTwilioVideoServer": "_server.server",
    "Fault": "_api.faults",
    "Message": "_fake.resources",
    "Participant": "_fake.resources",
    "PublishedTrack": "_fake.resources",
    "Recording": "_fake.resources",
    "Room": "_fake.resources",
    "Rooms": "_fake.arrange",
    "Timeline": "_fake.timeline",
    "Timer": "_engine.timers",
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
