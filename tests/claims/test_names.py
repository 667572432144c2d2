"""The names that editors complete are the names that exist."""

from __future__ import annotations

from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from pytest_twilio_video import FakeTwilioVideo, InvalidArgumentError
from pytest_twilio_video._assertions import fields
from pytest_twilio_video._engine.parameters import parameters_of, pascal, snake
from pytest_twilio_video._engine.records import public_fields
from pytest_twilio_video._resources.compositions import (
    Composition,
    CompositionStatus,
    Format,
)
from pytest_twilio_video._resources.published_tracks import TrackKind
from pytest_twilio_video._resources.recordings import Recording, RecordingStatus
from pytest_twilio_video._resources.rooms import CreateRoom, Room, RoomStatus, RoomType
from pytest_twilio_video._webhooks.payloads import CALLBACKS, CallbackEvent


TOLD = "https://app.example/told"
HERE_AND_THERE = {"media_external_location"}  # only where media are stored elsewhere


@pytest.mark.parametrize(
    ("completed", "kind"),
    [
        (fields.RoomFields, Room),
        (fields.RecordingFields, Recording),
        (fields.CompositionFields, Composition),
    ],
)
def test_the_fields_of_an_assertion_are_the_fields_of_the_record(completed, kind):
    assert list(get_type_hints(completed)) == list(public_fields(kind))


def test_rooms_create_takes_the_parameters_of_the_call():
    assert list(fields.NewRoom.__annotations__) == [
        each.name for each in parameters_of(CreateRoom)
    ]


def test_every_callback_has_its_parameters():
    assert set(fields.CALLBACK_PARAMS) == set(CALLBACKS)


def test_the_parameters_of_an_assertion_are_the_parameters_that_are_sent(callbacks):
    for callback in callbacks:
        known = set(get_type_hints(fields.CALLBACK_PARAMS[callback.event]))
        sent = {snake(name) for name in callback.params}

        assert sent - known == set(), callback.event
        assert known - sent <= HERE_AND_THERE, callback.event
    assert {callback.event for callback in callbacks} == set(CALLBACKS)


@pytest.mark.parametrize(
    ("literal", "words"),
    [
        (CallbackEvent, list(CALLBACKS)),
        (fields.CallbackMethod, ["GET", "POST"]),
        (fields.AnyRoomType, RoomType),
        (fields.AnyTrackKind, TrackKind),
        (fields.WantedRoomStatus, RoomStatus),
        (fields.WantedParticipantStatus, ["connected", "disconnected"]),
        (fields.WantedRecordedKind, ["audio", "video"]),
        (fields.WantedRecordingStatus, RecordingStatus),
        (fields.WantedCompositionStatus, CompositionStatus),
        (fields.WantedFormat, Format),
    ],
)
def test_the_texts_that_editors_complete_are_the_texts_that_exist(literal, words):
    texts = get_args(literal)
    for part in texts:
        if get_origin(part) is Literal:
            texts = get_args(part)

    assert sorted(texts) == sorted(str(word) for word in words)


def test_the_methods_that_editors_complete_are_the_methods_that_exist(twilio_video):
    for method in get_args(fields.Method):
        twilio_video.assert_not_called(method, "*")
    with pytest.raises(InvalidArgumentError) as refused:
        twilio_video.assert_not_called("FETCH", "*")

    assert str(refused.value).endswith(", ".join(get_args(fields.Method)))


def test_editors_complete_the_parameters_of_all_callbacks():
    known = set().union(*map(get_type_hints, fields.CALLBACK_PARAMS.values()))

    assert set(get_type_hints(fields.CallbackParams)) == known


@pytest.mark.parametrize("name", ["sid", "max_participants", "offset_from_twilio_video_epoch"])
def test_a_name_survives_conversion_to_pascal_case_and_back(name):
    assert snake(pascal(name)) == name


@pytest.fixture(scope="module")
def callbacks():
    """A callback of every kind."""
    import requests

    with FakeTwilioVideo() as fake:
        auth = fake.account_sid, fake.auth_token

        def post(path, **data):
            url = "https://video.twilio.com/v1" + path
            answer = requests.post(url, data=data, auth=auth, timeout=5)
            assert answer.ok, answer.text
            return answer.json()

        told = {"StatusCallback": TOLD}
        post("/CompositionHooks", FriendlyName="all", AudioSources="*", **told)
        room = fake.rooms.create(record_participants_on_connect=True, status_callback=TOLD)
        alice = room.connect("alice")
        track = alice.publish("audio", "voice")
        track.disable()
        track.enable()
        alice.publish("video", "camera").unpublish()
        alice.publish("video", "screen")
        fake.recordings[-1].fail()
        room.complete()
        post("/Compositions", RoomSid=room.sid, AudioSources="*", **told)
        fake.compositions[-1].fail()
        lost = fake.rooms.create(record_participants_on_connect=True)
        lost.connect("alice").publish("audio")
        fake.recordings[-1].fail()
        lost.complete()
        fake.clock.advance(hours=1)
        yield list(fake.callbacks)
