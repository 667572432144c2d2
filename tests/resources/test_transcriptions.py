"""Transcriptions: started, paused and resumed as participants join and leave."""

from __future__ import annotations

from datetime import timedelta

import pytest

from virtual_time import clock_of

from pytest_twilio_video._engine.parameters import build
from pytest_twilio_video._engine.refusals import Refusal
from pytest_twilio_video._resources import participants, rooms, transcriptions
from pytest_twilio_video._resources.rooms import CreateRoom, Room
from pytest_twilio_video._resources.transcriptions import (
    CreateTranscription,
    Transcription,
    UpdateTranscription,
)


@pytest.fixture
def room(account):
    return rooms.create(account, CreateRoom())


def begin(account, room, **configuration):
    params = CreateTranscription(configuration=configuration or None)
    return transcriptions.create(account, room, params)


def change(account, transcription, **values):
    room = account.table(Room)[transcription.room_sid]
    return transcriptions.update(
        account, room, account.now(transcription), build(UpdateTranscription, values)
    )


def those_of(account, room):
    return list(transcriptions.list_all(account, room))


def test_a_new_transcription_is_started_and_has_not_run(account, room):
    it = begin(account, room)

    assert it.ttid.startswith("video_extension_")
    assert it.source_sid.startswith("CA")
    assert (it.status, it.configuration) == ("started", {})
    assert (it.date_updated, it.start_time, it.end_time, it.duration) == (None,) * 4


def test_a_room_has_at_most_one_transcription(account, room):
    it = begin(account, room)

    with pytest.raises(Refusal) as caught:
        begin(account, room)

    assert (caught.value.code, caught.value.status) == (20409, 409)
    assert those_of(account, room) == [it]


def test_a_transcription_runs_while_participants_are_in_the_room(account, room):
    it = begin(account, room)
    clock_of(account).advance(timedelta(minutes=1))
    alice = participants.connect(account, room, "alice")
    came = account.clock.now
    bob = participants.connect(account, room, "bob")

    clock_of(account).advance(timedelta(seconds=30))
    participants.leave(account, alice)
    running = account.now(it)
    clock_of(account).advance(timedelta(seconds=12))
    participants.leave(account, bob)
    paused = account.now(it)

    assert (running.start_time, running.end_time, running.duration) == (came, None, None)
    assert (paused.start_time, paused.end_time) == (came, account.clock.now)
    assert (paused.duration, paused.status, paused.date_updated) == (42, "started", None)


def test_the_duration_is_the_sum_of_all_runs(account, room):
    it = begin(account, room)
    for seconds in (10, 20):
        alice = participants.connect(account, room, "alice")
        clock_of(account).advance(timedelta(seconds=seconds))
        participants.leave(account, alice)
        clock_of(account).advance(timedelta(minutes=1))

    assert account.now(it).duration == 30
    assert account.now(it).start_time == room.date_created


def test_a_transcription_has_no_end_time_while_it_runs_again(account, room):
    it = begin(account, room)
    participants.leave(account, participants.connect(account, room, "alice"))
    participants.connect(account, room, "alice")

    assert account.now(it).end_time is None


def test_a_transcription_of_a_room_with_participants_runs_at_once(account, room):
    participants.connect(account, room, "alice")
    clock_of(account).advance(timedelta(minutes=2))

    assert begin(account, room).start_time == account.clock.now


def test_a_transcription_does_not_run_while_it_is_stopped(account, room):
    it = begin(account, room)
    participants.connect(account, room, "alice")
    clock_of(account).advance(timedelta(seconds=10))
    stopped = change(account, it, status="stopped")
    clock_of(account).advance(timedelta(seconds=100))
    restarted = change(account, it, status="started")
    clock_of(account).advance(timedelta(seconds=5))
    rooms.end(account, room)

    assert (stopped.status, stopped.duration) == ("stopped", 10)
    assert stopped.end_time == stopped.date_updated == room.date_created + timedelta(seconds=10)
    assert (restarted.status, restarted.end_time) == ("started", None)
    assert account.now(it).duration == 15


def test_a_stopped_transcription_does_not_run_when_a_participant_joins(account, room):
    it = begin(account, room)
    change(account, it, status="stopped")

    participants.connect(account, room, "alice")

    assert account.now(it).start_time is None


def test_stopping_a_paused_transcription_keeps_its_end_time(account, room):
    it = begin(account, room)
    participants.leave(account, participants.connect(account, room, "alice"))
    left = account.clock.now
    clock_of(account).advance(timedelta(minutes=1))

    assert change(account, it, status="stopped").end_time == left


@pytest.mark.parametrize("values", [{}, {"status": "started"}, {"configuration": {}}])
def test_an_update_without_a_change_does_not_change_date_updated(account, room, values):
    it = begin(account, room, languageCode="en-US")

    assert change(account, it, **values) == it


def test_a_new_configuration_is_merged_and_does_not_start_the_transcription(account, room):
    it = begin(account, room, languageCode="EN-us", partialResults=True)
    change(account, it, status="stopped")

    it = change(account, it, configuration={"languageCode": "nl-BE"})

    assert it.configuration == {"languageCode": "nl-BE", "partialResults": "true"}
    assert (it.status, it.date_updated) == ("stopped", account.clock.now)


def test_an_invalid_configuration_changes_nothing(account, room):
    it = begin(account, room)

    with pytest.raises(Refusal):
        change(account, it, status="stopped", configuration={"transcriptionEngine": "whisper"})

    assert account.now(it) == it


@pytest.mark.parametrize("status", ["failed", "paused"])
def test_other_statuses_than_started_and_stopped_are_refused(account, room, status):
    it = begin(account, room)

    with pytest.raises(Refusal, match="Invalid parameter Status: must be one of started, stopped"):
        change(account, it, status=status)


def test_a_transcription_of_a_completed_room_cannot_be_changed(account, room):
    it = begin(account, room)
    room = rooms.end(account, room)

    for attempt in (
        lambda: begin(account, room),
        lambda: change(account, it, status="stopped"),
    ):
        with pytest.raises(Refusal) as caught:
            attempt()
        assert caught.value.code == 53118


def test_a_room_can_be_transcribed_from_its_start(account):
    params = CreateRoom(
        transcribe_participants_on_connect=True,
        transcriptions_configuration={"languageCode": "en-US", "partialResults": True},
    )
    room = rooms.create(account, params)

    (it,) = those_of(account, room)
    assert it.configuration == {"languageCode": "en-US", "partialResults": "true"}
    assert it.start_time is None


def test_a_room_with_a_configuration_only_is_not_transcribed(account):
    """
    The room's configuration is the default of a transcription that is created later.
    """
    params = CreateRoom(transcriptions_configuration={"languageCode": "nl-BE"})
    room = rooms.create(account, params)
    before = those_of(account, room)

    assert before == []
    assert begin(account, room).configuration == {"languageCode": "nl-BE"}


def test_a_room_with_an_invalid_configuration_is_not_created(account):
    params = CreateRoom(unique_name="a", transcriptions_configuration={"hints": ["a"]})

    with pytest.raises(Refusal, match="Invalid parameter TranscriptionsConfiguration: hints"):
        rooms.create(account, params)

    assert (len(account.table(Room)), len(account.table(Transcription))) == (0, 0)


def test_a_transcription_of_another_room_is_not_found(account, room):
    it = begin(account, room)
    other = rooms.create(account, CreateRoom())

    assert transcriptions.find(account, room, it.ttid) == it
    for where, ttid in ((other, it.ttid), (room, "video_extension_x")):
        with pytest.raises(Refusal) as caught:
            transcriptions.find(account, where, ttid)
        assert caught.value.code == 20404


def test_the_configuration_shows_given_properties_as_text(account, room):
    it = begin(
        account,
        room,
        transcriptionEngine="deepgram",
        speechModel="nova-3",
        ProfanityFilter=False,
        hints="Twilio, video call",
        enableAutomaticPunctuation="true",
        languageCode=None,
        volume=11,
    )

    assert it.configuration == {
        "transcriptionEngine": "deepgram",
        "speechModel": "nova-3",
        "profanityFilter": "false",
        "hints": "Twilio, video call",
        "enableAutomaticPunctuation": "true",
        "volume": "11",
    }


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"transcriptionEngine": "whisper"}, "must be one of google, deepgram, not 'whisper'"),
        ({"partialResults": "yes"}, "partialResults must be one of true, false, not 'yes'"),
        ({"ProfanityFilter": 1}, "ProfanityFilter must be one of true, false, not 1"),
        ({"hints": ",".join("a" * 501)}, "hints must be at most 500 phrases"),
        ({"hints": "a" * 101}, "of at most 100 characters"),
        ({"languageCode": ["en"]}, "must be text, a number or a bool, not \\['en'\\]"),
        (["languageCode"], "must be a JSON dictionary"),
    ],
)
def test_an_invalid_configuration_is_refused(account, room, configuration, words):
    with pytest.raises(Refusal, match=words) as caught:
        transcriptions.create(account, room, CreateTranscription(configuration=configuration))

    assert caught.value.message.startswith("Invalid parameter Configuration: ")
    assert those_of(account, room) == []


def test_hints_may_reach_the_documented_limits(account, room):
    hints = ", ".join(["a" * 100] * 500)

    assert begin(account, room, hints=hints).configuration == {"hints": hints}
