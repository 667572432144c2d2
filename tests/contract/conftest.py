"""Twilio's own description of the API, and an account that has every kind of resource."""

from __future__ import annotations

import copy
import functools
import json
import os
import re

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from pytest_twilio_video import FakeTwilioVideo


NAMED = "TWILIO_VIDEO_OPENAPI"
HOME = "https://video.twilio.com"
INCLUDE_ALL = '[{"type": "include", "all": true}]'

SAID = {
    "UpdateRoom": {"Status": "completed"},
    "UpdateRoomParticipant": {"Status": "disconnected"},
    "UpdateRoomParticipantSubscribeRule": {"Rules": INCLUDE_ALL},
    "UpdateRoomRecordingRule": {"Rules": INCLUDE_ALL},
    "CreateRecordingSettings": {"FriendlyName": "ours"},
    "CreateCompositionSettings": {"FriendlyName": "ours"},
    "CreateCompositionHook": {"FriendlyName": "another", "AudioSources": "*"},
    "UpdateCompositionHook": {"FriendlyName": "hook", "AudioSources": "*"},
}
"""The parameters that an operation needs to succeed."""


class Operation(NamedTuple):
    """One operation of the description."""

    method: str
    path: str
    id: str
    raw: dict[str, Any]

    @property
    def shape(self) -> str:
        """The path, without the names in its braces."""
        return re.sub(r"\{\w+\}", "{}", self.path)

    @property
    def successes(self) -> dict[int, dict[str, Any]]:
        """The described answers of success, by status."""
        return {int(status): answer for status, answer in self.raw["responses"].items()}

    @property
    def inputs(self) -> dict[str, dict[str, Any]]:
        """The schemas of the parameters in the query or the body, by name."""
        said = {each["name"]: each["schema"] for each in self.raw.get("parameters", ())}
        for name in re.findall(r"\{(\w+)\}", self.path):
            said.pop(name, None)
        return said | self._form.get("properties", {})

    @property
    def required(self) -> set[str]:
        """The names of the required parameters."""
        return set(self._form.get("required", ()))

    @property
    def _form(self) -> dict[str, Any]:
        content = self.raw.get("requestBody", {}).get("content", {})
        form: dict[str, Any] = content.get("application/x-www-form-urlencoded", {})
        return form.get("schema", {})


class Description:
    """Twilio's description of Video, parsed."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.operations = [
            Operation(method.upper(), path, operation["operationId"], operation)
            for path, item in raw["paths"].items()
            for method, operation in item.items()
            if method in {"get", "post", "delete"}
        ]

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return *schema*, or the schema that it refers to."""
        reference = schema.get("$ref")
        if reference is None:
            return schema
        found: dict[str, Any] = self.raw["components"]["schemas"][reference.rpartition("/")[2]]
        return found

    def mended(self) -> dict[str, Any]:
        """Return the description with its two errors corrected.

        It writes codecs in upper case, but real answers and its own examples have lower case. And
        it does not allow nulls in subscribe rules, but its examples show them.
        """
        mended = copy.deepcopy(self.raw)
        schemas = mended["components"]["schemas"]
        for name in ("recording_enum_codec", "room_recording_enum_codec"):
            schemas[name]["enum"] = [codec.lower() for codec in schemas[name]["enum"]]
        rules = schemas["video.v1.room.room_participant.room_participant_subscribe_rule"]
        for each in rules["properties"]["rules"]["items"]["properties"].values():
            each["nullable"] = True
        return mended


def _path() -> Path:
    beside = Path(__file__).parents[3] / "shared" / "twilio_video_v1.json"
    return Path(os.environ.get(NAMED) or beside)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with the fixture *operation* once for each described operation."""
    if "operation" in metafunc.fixturenames:
        operations = _read().operations if _path().exists() else [None]
        ids = [operation.id if operation else "absent" for operation in operations]
        metafunc.parametrize("operation", operations, ids=ids)


@pytest.fixture(scope="session", autouse=True)
def description() -> Description:
    """Twilio's description; without it, the tests are skipped."""
    if not _path().exists():
        pytest.skip(f"Twilio's description is not at {_path()}: set {NAMED}, see CONTRIBUTING.md")
    return _read()


@functools.cache
def _read() -> Description:
    return Description(json.loads(_path().read_text(encoding="utf-8")))


class Inhabited:
    """An account in which each described path leads to a resource."""

    def __init__(self) -> None:
        self.fake = FakeTwilioVideo(seed="contract", start="2026-01-01T09:00:00Z")
        with self.fake:
            self.sids = self._settle()
        """The SID of one thing of each collection, by the collection's name in paths."""

    def ask(self, method: str, path: str, said: dict[str, Any] | None = None) -> requests.Response:
        """Send a request over HTTP. The fake must be entered."""
        credentials = (self.fake.account_sid, self.fake.auth_token)
        kind = "params" if method == "GET" else "data"
        said = {kind: said}
        return requests.request(method, HOME + path, auth=credentials, timeout=1, **said)

    def call(self, operation: Operation) -> requests.Response:
        """Call *operation* with valid parameters."""
        said = SAID.get(operation.id, {})
        if operation.id == "CreateComposition":
            said = {"RoomSid": self.sids["Rooms"], "AudioSources": "*"}
        home = self.home(operation.path)
        if operation.id == "CreateRoomTranscriptions":
            home = {"RoomSid": self.fake.rooms["quiet"].sid}
        return self.ask(operation.method, operation.path.format(**home), said)

    def home(self, path: str) -> dict[str, str]:
        """Return values for the names in *path*, so that it leads to a resource."""
        pairs = re.findall(r"/(\w+)/\{(\w+)\}", path)
        return {name: self.sids[collection] for collection, name in pairs}

    def _settle(self) -> dict[str, str]:
        rooms = self.fake.rooms
        rooms.create(unique_name="quiet")
        kept = {"record_participants_on_connect": True, "transcribe_participants_on_connect": True}
        over, room = (rooms.create(unique_name=name, **kept) for name in ("over", "standup"))
        over.connect("carol").publish("audio")
        over.complete()
        alice, bob = room.connect("alice"), room.connect("bob")
        alice.publish("audio", "mic").unpublish()
        tracks = alice.publish("audio", "other mic"), bob.publish("video", "camera")
        sources = {"AudioSources": "*"}
        composition = self.ask("POST", "/v1/Compositions", {"RoomSid": over.sid, **sources})
        hook = self.ask("POST", "/v1/CompositionHooks", {"FriendlyName": "hook", **sources})
        transcriptions = self.ask("GET", "/v1/Rooms/standup/Transcriptions")
        self.fake.clock.advance(minutes=2)  # the composition is complete
        return {
            "Rooms": room.sid,
            "Participants": alice.sid,
            "PublishedTracks": tracks[0].sid,
            "SubscribedTracks": tracks[1].sid,
            "Recordings": room.recordings[0].sid,
            "Transcriptions": transcriptions.json()["transcriptions"][0]["ttid"],
            "Compositions": composition.json()["sid"],
            "CompositionHooks": hook.json()["sid"],
        }


@pytest.fixture
def inhabit() -> type[Inhabited]:
    """Return a function that creates another such account, which is not entered."""
    return Inhabited


@pytest.fixture
def simulation() -> Iterator[Inhabited]:
    """An inhabited account, entered."""
    simulation = Inhabited()
    with simulation.fake:
        yield simulation
