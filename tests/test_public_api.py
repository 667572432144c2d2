"""The public names, signatures and defaults, which users rely on."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pytest
import requests

import pytest_twilio_video

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video import __all__ as names
from pytest_twilio_video._assertions.names import fields_of
from pytest_twilio_video._engine.records import public_fields
from pytest_twilio_video._engine.settings import Settings
from pytest_twilio_video._fake.collection import Resource, kind_of


MEMBERS = {
    "FakeTwilioVideo": {
        "account_sid": None,
        "auth_token": None,
        "api_key_sid": None,
        "api_key_secret": None,
        "rooms": None,
        "recordings": None,
        "compositions": None,
        "composition_hooks": None,
        "clock": None,
        "callbacks": None,
        "calls": None,
        "events": None,
        "timeline": None,
        "responses": None,
        "respx": None,
        "requests_adapter": None,
        "httpx_transport": None,
        "http_client": None,
        "connect": "token, room=None, *, automatic_subscription=True",
        "populate": "rooms=20, participants=4, *, recordings=True, over=30 days, 0:00:00",
        "reset": "",
        "start": "",
        "stop": "",
        "fail": (
            "method=None, path=None, *, status=None, code=None, message=None, times=1, after=0, "
            "retry_after=None, error=None, when='before'"
        ),
        "fail_connect": "code, message=None, *, times=1, after=0",
        "throttle": "reads_per_second=80, writes_per_second=20",
        "latency": "seconds, *, when='before'",
        "lag": "*, ended_rooms=2, media=10",
        "limits": "*, rooms=Ellipsis, participants=Ellipsis",
        "assert_room_created": "*, within=0, **fields",
        "assert_no_room_created": "*, within=0, **fields",
        "assert_room_completed": "room=None, *, within=0, **fields",
        "assert_no_open_rooms": "*, within=0",
        "assert_participant_connected": "room, identity, *, within=0",
        "assert_participant_disconnected": "room, identity, *, within=0",
        "assert_recording_completed": "room=None, *, within=0, **fields",
        "assert_composition_created": "room=None, *, within=0, **fields",
        "assert_composition_completed": "room=None, *, within=0, **fields",
        "assert_callback": "event, *, room=None, delivered=True, within=0, **params",
        "assert_no_callback": "event, *, room=None, within=0, **params",
        "assert_called": "method, path, *, times=None, within=0, **params",
        "assert_not_called": "method, path, *, within=0, **params",
        "assert_events": "*events, within=0",
        "aeventually": "assertion, /, *args, **kwargs",
    },
    "FakeTwilioVideoServer": {
        "url": None,
        "environment": None,
        "ca_file": None,
        "attach": "target",
        "aattach": "target",
        "browser_script": None,
        "chromium_args": None,
        "resolver_args": None,
    },
    "Rooms": {"create": "**values", "where": "**fields"},
    "Collection": {"where": "**fields"},
    "Clock": {
        "now": None,
        "pending": None,
        "advance": "by=None, /, **units",
        "advance_to": "moment",
        "run_next": "",
        "aadvance": "by=None, /, **units",
        "aadvance_to": "moment",
        "arun_next": "",
    },
    "Timer": {"due": None, "what": None},
    "Callbacks": {
        "pending": None,
        "failed": None,
        "deliver_to": "target, base_url=None, *, headers=None, raise_exceptions=True",
        "flush": "",
        "aflush": "",
        "redeliver": "callback",
        "aredeliver": "callback",
        "hold": "",
        "release": "",
        "arelease": "",
        "shuffle": "seed",
        "drop": "event, *, times=1",
        "refuse": "event, *, times=1",
        "tamper": "event, *, times=1",
        "clear": "",
    },
    "Room": {
        "participants": None,
        "recordings": None,
        "dominant_speaker": None,
        "connect": "identity=None, *, automatic_subscription=True, tracks=()",
        "complete": "",
    },
    "Participant": {
        "room": None,
        "published_tracks": None,
        "disconnect_error": None,
        "publish": "kind, name=None",
        "disconnect": "",
        "drop_network": "",
        "resume": "",
        "network_quality": None,
        "messages": None,
        "say": "text, language_code='en-US', partial=False",
    },
    "PublishedTrack": {
        "enable": "",
        "disable": "",
        "unpublish": "",
        "send": "data",
        "switch_off": "",
        "switch_on": "",
    },
    "Message": {"data": None, "track": None, "sender": None},
    "Recording": {"media": None, "room": None, "fail": "operation='RecordingComplete'"},
    "Composition": {
        "media": None,
        "room": None,
        "fail": "message='The media could not be processed'",
    },
    "Fault": {"stop": ""},
    "Timeline": {"to_text": "*, verbose=False", "to_mermaid": ""},
    "Event": {"name": None, "at": None, "room_sid": None, "details": None},
    "Call": dict.fromkeys(
        ["method", "path", "params", "unread", "status", "code", "client", "at"]
    ),
    "Callback": dict.fromkeys(
        [
            "event",
            "params",
            "url",
            "method",
            "headers",
            "at",
            "response",
            "error",
            "problem",
            "room_sid",
        ]
    ),
    "CallbackResponse": dict.fromkeys(["status_code", "text", "headers", "ok"]),
}
"""The members of each class: the parameters of a method, or `None` for an attribute."""

SETTINGS = {
    "start": None,
    "account_sid": "AC7ba7b8109dad41d180b400c04fd430c8",
    "auth_token": None,
    "api_key_sid": "SK6ba7b8119dad41d180b400c04fd430c8",
    "api_key_secret": "bR7mXw2LqT9vKc4ZhN8sYd3FgJ6pAe5U",
    "auth": "any",
    "clock": "still",
    "ad_hoc_rooms": False,
    "environ": True,
    "seed": None,
    "sleep": "real",
    "sleepers": "all",
    "block": True,
    "open_rooms": "ignore",
    "unused_faults": "ignore",
    "callback_limit": 1000,
    "legacy_room_types": "warn",
    "room_defaults": {},
}

RESOURCES = [
    public
    for public in (getattr(pytest_twilio_video, name) for name in names)
    if isinstance(public, type) and issubclass(public, Resource)
]


REFERENCE = Path(__file__).parent.parent / "docs" / "reference"

WITHOUT_INTERNALS = [
    "Call",
    "Callback",
    "Clock",
    "Collection",
    "Composition",
    "CompositionHook",
    "Event",
    "FakeTwilioVideo",
    "Fault",
    "Message",
    "Participant",
    "PublishedTrack",
    "Recording",
    "Room",
    "Rooms",
    "Timeline",
    "Timer",
]
"""The classes of which an editor offers only documented members."""


@pytest.mark.parametrize("name", names)
def test_each_public_name_exists_and_is_documented(name):
    public = getattr(pytest_twilio_video, name)

    assert public.__name__ == name
    assert "__doc__" in vars(public)
    assert inspect.getdoc(public)


def test_public_names_are_listed_once_and_sorted():
    assert names == sorted(set(names))
    assert dir(pytest_twilio_video) == names


def test_a_name_that_is_not_public_raises_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'FakeTwilio'"):
        _ = pytest_twilio_video.FakeTwilio


@pytest.mark.process
def test_importing_the_package_imports_none_of_its_modules():
    program = """
import sys
import pytest_twilio_video

ours = {name for name in sys.modules if name.startswith("pytest_twilio_video")}
assert ours == {"pytest_twilio_video"}, ours
from pytest_twilio_video import *
assert FakeTwilioVideo.__module__ == "pytest_twilio_video._fake.fake"
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.parametrize(
    ("owner", "member", "parameters"),
    [(owner, *each) for owner, members in MEMBERS.items() for each in members.items()],
)
def test_each_member_has_its_parameters_and_is_documented(owner, member, parameters):
    kind = getattr(pytest_twilio_video, owner)

    found = inspect.getattr_static(kind, member)

    if parameters is not None:
        assert _parameters(found) == parameters
        assert inspect.getdoc(found)
    else:
        assert not inspect.isroutine(found) or inspect.ismemberdescriptor(found)
        assert not isinstance(found, property) or inspect.getdoc(found)


@pytest.mark.parametrize("owner", MEMBERS)
def test_public_members_outside_the_table_are_documented(owner):
    kind = getattr(pytest_twilio_video, owner)

    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        if not name.startswith("_") and isinstance(member, (property, type(_parameters))):
            assert inspect.getdoc(member), name


@pytest.mark.parametrize("owner", WITHOUT_INTERNALS)
def test_an_object_has_documented_public_members_only(owner, instances):
    instance = instances[owner]
    kinds = type(instance).__mro__

    documented = set().union(*(_documented(kind) for kind in kinds))
    if isinstance(instance, Resource):
        documented |= set(fields_of(kind_of(instance)))

    assert _public(dir(instance)) == documented
    assert _public(dir(type(instance))) <= documented


def test_settings_have_the_listed_names_and_defaults():
    assert vars(Settings()) == SETTINGS
    assert [each.name for each in fields(Settings)] == list(SETTINGS)


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_resource_has_the_fields_of_the_rest_api_with_their_types(resource):
    """
    Editors and type checkers read the annotations of a resource; its values come from a record.
    """
    kind = kind_of(resource)
    promised = _annotations(resource)
    kept = _annotations(kind)

    assert promised == {
        name: kept[name].replace("tuple[str, ...]", "list[str]") for name in public_fields(kind)
    }


@pytest.fixture(scope="module")
def instances():
    """One instance of each class, by the name of the class."""
    with FakeTwilioVideo() as fake:
        room = fake.rooms.create(
            record_participants_on_connect=True, status_callback="https://app.example/told"
        )
        alice = room.connect("alice")
        track = alice.publish("audio")
        room.connect("bob").publish("data").send("hello")
        _post(fake, "Compositions", RoomSid=room.sid, AudioSources="*")
        _post(fake, "CompositionHooks", FriendlyName="all", AudioSources="*")
        held = [
            fake,
            fake.clock,
            fake.clock.pending[0],
            fake.callbacks,
            fake.callbacks[0],
            fake.calls[0],
            fake.events[0],
            fake.timeline,
            fake.fail(),
            fake.rooms,
            fake.recordings,
            room,
            alice,
            track,
            alice.messages[0],
            fake.recordings[0],
            fake.compositions[0],
            fake.composition_hooks[0],
        ]
        yield {type(each).__name__: each for each in held}


def _post(fake, path, **data):
    url = f"https://video.twilio.com/v1/{path}"
    requests.post(url, data=data, auth=("AC" + "1" * 32, "x"), timeout=5).raise_for_status()


def _public(members):
    return {name for name in members if not name.startswith("_")}


def _documented(kind):
    """Return the members of *kind* that are in the reference or in `MEMBERS`.

    Members of every sequence are left out, because Python's documentation describes them.
    """
    if kind is Sequence:
        return _public(dir(Sequence))
    pages = "\n".join(page.read_text(encoding="utf-8") for page in REFERENCE.glob("*.md"))
    heading, options = rf"::: pytest_twilio_video\.{kind.__name__}\n", r"(?: .*\n)*?"
    block = re.search(rf"{heading}{options} +members:\n((?: +- \w+\n)+)", pages)
    listed = re.findall(r"- (\w+)", block[1]) if block else []
    return _public({*listed, *MEMBERS.get(kind.__name__, {})})


def _parameters(function):
    """Return the parameters of a method as text, without `self` and the annotations."""
    signature = inspect.signature(function)
    own = [
        each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()
    ][1:]
    text = str(signature.replace(parameters=own, return_annotation=inspect.Signature.empty))
    return text[1:-1].replace("datetime.timedelta(days=30)", "30 days, 0:00:00")


def _annotations(kind):
    """Return the annotations of the public attributes of *kind* and its bases."""
    found = {}
    for each in reversed(kind.__mro__):
        found |= inspect.get_annotations(each)
    return {
        name: said
        for name, said in found.items()
        if not name.startswith("_") and "ClassVar" not in said
    }
