"""Assertions and comparisons with arguments of any type: the error names the argument."""

from __future__ import annotations

import inspect
import itertools
import re

from contextlib import suppress

import pytest
import requests

from pytest_twilio_video import InvalidFieldError, TwilioVideoError
from pytest_twilio_video._assertions.explanation import compare


TOLD = "https://app.example/told"
VALUES = [
    None,
    True,
    0,
    -1,
    1.5,
    float("nan"),
    10**30,
    b"bytes",
    "",
    "\x1b[31m",
    "\udc80",
    [],
    ["room-created"],
    (1,),
    {},
    {"a": 1},
    {1},
    object(),
    type,
    len,
    ...,
    ValueError("x"),
    re.compile("x"),
]
GOOD = {"identity": "alice", "event": "room-created", "method": "GET", "path": "/v1/Rooms"}
NEEDED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@pytest.fixture
def room(twilio_video):
    room = twilio_video.rooms.create(unique_name="DailyStandup", status_callback=TOLD)
    room.connect("alice")
    return room


def assertions(fake):
    return [name for name in dir(fake) if name.startswith("assert_")]


def test_an_assertion_names_an_argument_of_a_wrong_type(twilio_video, room):
    """
    Each argument of each assertion gets each value. The assertion passes, fails or refuses it.
    """
    tried = 0
    for name in assertions(twilio_video):
        assertion = getattr(twilio_video, name)
        parameters = inspect.signature(assertion).parameters.values()
        needed = {
            each.name: GOOD.get(each.name, room)
            for each in parameters
            if each.kind in NEEDED and each.default is inspect.Parameter.empty
        }
        for parameter, value in itertools.product(parameters, VALUES):
            if parameter.name == "within":
                continue
            args, kwargs = [], dict(needed)
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                args = [value]
            elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
                kwargs["status" if parameter.name == "fields" else "page_size"] = value
            else:
                kwargs[parameter.name] = value
            with suppress(AssertionError, TwilioVideoError):
                assertion(*args, **kwargs)
            tried += 1
    assert tried > 400


@pytest.mark.parametrize("value", [None, 7, ["room-created"], {"room-created"}])
@pytest.mark.parametrize("assertion", ["assert_callback", "assert_no_callback", "assert_events"])
def test_the_name_of_an_event_must_be_text(twilio_video, assertion, value):
    with pytest.raises(InvalidFieldError, match=r"must be text, not .* Write it like ") as refused:
        getattr(twilio_video, assertion)(value)

    assert repr(value) in str(refused.value)


def test_a_failed_comparison_of_two_objects_of_the_fake_is_explained(twilio_video, room):
    fake = twilio_video
    auth = fake.account_sid, fake.auth_token
    url = "https://video.twilio.com/v1/CompositionHooks"
    for name in ("deleted", "kept"):
        form = {"FriendlyName": name, "AudioSources": "*"}
        requests.post(url, form, auth=auth, timeout=5)
    deleted, kept = fake.composition_hooks
    requests.delete(deleted.url, auth=auth, timeout=5)
    other = fake.rooms.create(record_participants_on_connect=True, status_callback=TOLD)
    track = other.connect("bob").publish("audio")
    things = [
        *(fake, fake.clock, fake.timeline, fake.callbacks, fake.rooms, fake.recordings),
        *(room, other, room.participants, room.participants[0], track, fake.recordings[0]),
        *(fake.callbacks[0], fake.callbacks[-1], fake.calls[0], fake.calls[-1], fake.events[0]),
        *(deleted, kept, room.status, type(room), None, "text", 7, [room]),
    ]

    for left, right in itertools.permutations(things, 2):
        lines = compare(left, right)
        assert lines is None or len(lines) >= 1
