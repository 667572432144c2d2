"""Compositions: which recordings they contain, and how they proceed in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from virtual_time import clock_of

from pytest_twilio_video._engine.parameters import build
from pytest_twilio_video._engine.refusals import Refusal
from pytest_twilio_video._resources import (
    compositions,
    participants,
    published_tracks,
    recordings,
    rooms,
    storage_settings,
)
from pytest_twilio_video._resources.compositions import (
    Composition,
    CreateComposition,
    ListCompositions,
)
from pytest_twilio_video._resources.published_tracks import TrackKind
from pytest_twilio_video._resources.recordings import Recording
from pytest_twilio_video._resources.rooms import CreateRoom
from pytest_twilio_video._resources.storage_settings import (
    CompositionSettings,
    CreateSettings,
    RecordingSettings,
)


GRID = {"grid": {"video_sources": ["*"]}}


@pytest.fixture
def room(account):
    return rooms.create(account, CreateRoom(record_participants_on_connect=True))


@pytest.fixture
def alice(account, room):
    return participants.connect(account, room, "alice")


def record(account, room, who, kind="audio", name=None, seconds=10):
    """Publish a track for some seconds, and return its recording."""
    track = published_tracks.publish(account, room, who, TrackKind(kind), name)
    clock_of(account).advance(timedelta(seconds=seconds))
    published_tracks.remove(account, track)
    return account.select(Recording, source_sid=track.sid).first()


def compose(account, room, **values):
    if not {"audio_sources", "video_layout"} & values.keys():
        values["audio_sources"] = ["*"]
    params = build(CreateComposition, {"room_sid": room.sid} | values)
    return compositions.create(account, params)


def composed(account, room, **values):
    """Create a composition, and return it as it is when it has completed or failed."""
    composition = compose(account, room, **values)
    if account.now(room).end_time is None:
        rooms.end(account, account.now(room))
    clock_of(account).advance(timedelta(minutes=2))
    return account.now(composition)


def told(account):
    return [event.name for event in account.events if event.name.startswith("composition-")]


def test_a_new_composition_is_enqueued_and_has_all_defaults(account, room):
    composition = compose(account, room, video_layout=GRID)

    assert (composition.status, composition.room_sid) == ("enqueued", room.sid)
    assert (composition.resolution, composition.format, composition.trim) == (
        "640x480",
        "webm",
        True,
    )
    assert (composition.audio_sources, composition.audio_sources_excluded) == ((), ())
    assert composition.video_layout["grid"]["reuse"] == "show_oldest"
    assert (composition.bitrate, composition.size, composition.duration) == (0, 0, 0)
    assert (composition.date_completed, composition.date_deleted) == (None, None)
    assert (composition.status_callback, composition.status_callback_method) == (None, "POST")
    assert told(account) == []


def test_an_omitted_layout_is_empty(account, room):
    assert compose(account, room, audio_sources=["*"]).video_layout == {}


@pytest.mark.parametrize("values", [{}, {"video_layout": {}}, {"audio_sources": []}])
def test_a_layout_or_an_audio_source_is_required(account, room, values):
    params = build(CreateComposition, {"room_sid": room.sid} | values)

    with pytest.raises(Refusal, match="either VideoLayout or AudioSources") as caught:
        compositions.create(account, params)

    assert caught.value.code == 20001
    assert len(account.table(Composition)) == 0


def test_an_empty_layout_with_an_audio_source_is_accepted(account, room):
    assert compose(account, room, video_layout={}, audio_sources=["*"]).video_layout == {}


def test_a_room_that_does_not_exist_is_refused(account):
    params = CreateComposition(room_sid="RM" + "0" * 32, audio_sources=["*"])

    with pytest.raises(Refusal, match=f"there is no room {params.room_sid}"):
        compositions.create(account, params)


def test_a_composition_does_not_start_before_the_room_has_ended(account, room, alice):
    record(account, room, alice)
    composition = compose(account, room)

    clock_of(account).advance(timedelta(hours=1))

    assert account.now(room).status == "in-progress"
    assert account.now(composition).status == "enqueued"


def test_a_composition_is_processed_when_the_room_has_ended(account, room, alice):
    record(account, room, alice)
    composition = compose(account, room)
    rooms.end(account, room)
    statuses = []

    for step in (4, 1, 59, 1):
        clock_of(account).advance(timedelta(seconds=step))
        statuses.append(account.now(composition).status)

    assert statuses == ["enqueued", "processing", "processing", "completed"]
    assert account.now(composition).date_completed == account.clock.now
    assert told(account) == [
        "composition-started",
        *["composition-progress"] * 9,
        "composition-available",
    ]


def test_progress_is_reported_in_regular_steps(account, room, alice):
    record(account, room, alice)
    composed(account, room)

    progress = [
        (event.at, event._record.percentage_done)
        for event in account.events
        if event.name == "composition-progress"
    ]

    first = progress[0][0]
    assert [percent for _, percent in progress] == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert [at - first for at, _ in progress] == [timedelta(seconds=6 * n) for n in range(9)]


def test_a_composition_of_a_completed_room_is_processed_at_once(account, room, alice):
    record(account, room, alice)
    rooms.end(account, room)
    clock_of(account).advance(timedelta(days=1))

    assert composed(account, account.now(room)).status == "completed"


def test_a_completed_composition_has_a_size_a_duration_and_a_bit_rate(account, room, alice):
    record(account, room, alice, seconds=16)

    composition = composed(account, room, format="mp4")

    assert composition.size == len(compositions.media_of(composition)) > 0
    assert composition.duration == 16
    assert composition.bitrate == composition.size // 2


@pytest.mark.parametrize(("format", "mark"), [("mp4", b"ftyp"), ("webm", b"webm")])
def test_the_media_have_the_format_of_the_composition(account, room, alice, format, mark):  # noqa: A002
    record(account, room, alice)

    assert mark in compositions.media_of(composed(account, room, format=format))[:64]


def test_gaps_are_trimmed_by_default(account, room, alice):
    """
    The time before the first recording is never kept.
    """
    clock_of(account).advance(timedelta(seconds=100))
    record(account, room, alice, seconds=10)
    clock_of(account).advance(timedelta(seconds=30))
    record(account, room, alice, seconds=20)
    clock_of(account).advance(timedelta(seconds=5))
    trimmed = compose(account, room)

    kept = composed(account, room, trim=False)

    assert (account.now(trimmed).duration, kept.duration) == (30, 65)


def test_overlapping_recordings_are_counted_once(account, room, alice):
    one = published_tracks.publish(account, room, alice, TrackKind.AUDIO, "one")
    record(account, room, alice, name="two", seconds=10)
    clock_of(account).advance(timedelta(seconds=5))
    published_tracks.remove(account, one)

    assert composed(account, room).duration == 15


SOURCES = ["microphone", "micro*", "*phone", "*", "{recording}", "{track}", "{participant}"]


@pytest.mark.parametrize("source", SOURCES)
def test_sources_are_sids_or_names_with_wildcards(account, room, alice, source):
    it = record(account, room, alice, name="microphone")
    named = source.format(recording=it.sid, track=it.source_sid, participant=alice.sid)

    assert composed(account, room, audio_sources=[named]).status == "completed"


@pytest.mark.parametrize("source", SOURCES)
def test_exclusions_have_precedence_over_inclusions(account, room, alice, source):
    it = record(account, room, alice, name="microphone")
    record(account, room, participants.connect(account, room, "bob"), name="other", seconds=3)
    named = source.format(recording=it.sid, track=it.source_sid, participant=alice.sid)

    composition = composed(
        account, room, audio_sources=["*"], audio_sources_excluded=[named, "nobody"]
    )

    if source == "*":
        assert composition.status == "failed"
    else:
        assert (composition.status, composition.duration) == ("completed", 3)


def test_video_is_chosen_by_regions_and_audio_by_audio_sources(account, room, alice):
    record(account, room, alice, "video", "screen", seconds=7)
    record(account, room, alice, "audio", "screen", seconds=100)
    layout = {
        "main": {"video_sources": ["*"], "video_sources_excluded": ["screen"]},
        "pip": {"video_sources": ["screen"]},
    }

    assert composed(account, room, video_layout=layout).duration == 7


@pytest.mark.parametrize(
    "values", [{"audio_sources": ["nobody"]}, {"video_layout": GRID}, {"audio_sources": ["alice"]}]
)
def test_a_composition_without_matching_recordings_fails(account, room, alice, values):
    record(account, room, alice, "audio", "microphone")

    composition = composed(account, room, **values)

    assert (composition.status, composition.size, composition.date_completed) == (
        "failed",
        0,
        None,
    )
    assert told(account) == ["composition-started", "composition-failed"]
    assert "no recordings" in composition.error_message


def test_a_composition_fails_if_the_recordings_were_deleted_before_it_starts(account, room, alice):
    recordings.delete(account, record(account, room, alice))

    assert composed(account, room).status == "failed"


def test_a_composition_fails_if_the_recordings_are_deleted_during_processing(account, room, alice):
    recording = record(account, room, alice)
    composition = compose(account, room)
    rooms.end(account, room)
    clock_of(account).advance(timedelta(seconds=30))
    recordings.delete(account, recording)

    clock_of(account).advance(timedelta(minutes=1))

    assert account.now(composition).status == "failed"
    assert told(account)[-1] == "composition-failed"
    assert "deleted" in account.now(composition).error_message


@pytest.mark.parametrize(
    "settings",
    [
        {"encryption_enabled": True},
        {"aws_storage_enabled": True, "aws_s3_url": "https://s3.example.com/recordings"},
    ],
)
def test_recordings_in_external_or_encrypted_storage_cannot_be_composed(
    account, room, alice, settings
):
    params = CreateSettings(friendly_name="elsewhere", **settings)
    storage_settings.create(account, params, kind=RecordingSettings)
    record(account, room, alice)

    assert composed(account, room).status == "failed"


def test_a_composition_can_be_stored_in_the_customers_bucket(account, room, alice):
    params = CreateSettings(
        friendly_name="ours", aws_storage_enabled=True, aws_s3_url="https://s3.example.com/c/"
    )
    storage_settings.create(account, params, kind=CompositionSettings)
    record(account, room, alice)

    composition = composed(account, room)

    location = f"https://s3.example.com/c/{composition.sid}.webm"
    assert composition.media_external_location == location
    with pytest.raises(Refusal):
        compositions.fetch_media(account, composition, recordings.FetchMedia())


@pytest.mark.parametrize("moment", [0, 30])
def test_a_composition_that_a_test_makes_fail_does_not_continue(account, room, alice, moment):
    record(account, room, alice)
    composition = compose(account, room)
    rooms.end(account, room)
    clock_of(account).advance(timedelta(seconds=moment))

    compositions.fail(account, account.now(composition), "CompositionComplete", "disk full")
    events = told(account)
    clock_of(account).advance(timedelta(hours=1))

    assert account.now(composition).status == "failed"
    assert told(account) == events
    assert events[-1] == "composition-failed"


def test_a_composition_that_failed_before_the_end_of_the_room_does_not_start(account, room):
    composition = compose(account, room)
    compositions.fail(account, composition, "CompositionStart", "no")
    rooms.end(account, room)

    clock_of(account).advance(timedelta(hours=1))

    assert told(account) == ["composition-failed"]


def test_a_deleted_composition_is_shown_for_30_days(account, room, alice):
    record(account, room, alice)
    composition = composed(account, room)
    now = account.clock.now
    compositions.delete(account, composition)
    deleted = compositions.find(account, composition.sid)
    assert (deleted.status, deleted.date_deleted) == ("deleted", now)

    clock_of(account).advance(timedelta(days=30) - timedelta(seconds=1))
    assert compositions.find(account, composition.sid) == deleted
    clock_of(account).advance(timedelta(seconds=1))

    with pytest.raises(Refusal) as caught:
        compositions.find(account, composition.sid)
    assert caught.value.code == 20404
    assert (
        list(compositions.list_all(account, build(ListCompositions, {"status": "deleted"}))) == []
    )


def test_deleting_a_composition_twice_has_no_effect(account, room, alice):
    record(account, room, alice)
    composition = composed(account, room)
    compositions.delete(account, composition)
    deleted = account.now(composition)
    clock_of(account).advance(timedelta(days=1))

    compositions.delete(account, deleted)

    assert account.now(composition) == deleted


@pytest.mark.parametrize("moment", [None, 0, 30])
def test_an_incomplete_composition_cannot_be_deleted(account, room, alice, moment):
    record(account, room, alice)
    composition = compose(account, room)
    if moment is not None:
        rooms.end(account, room)
        clock_of(account).advance(timedelta(seconds=moment))

    with pytest.raises(Refusal) as caught:
        compositions.delete(account, account.now(composition))

    assert (caught.value.code, caught.value.status) == (20009, 409)


def test_a_failed_composition_cannot_be_deleted(account, room):
    composition = composed(account, room)

    with pytest.raises(Refusal) as caught:
        compositions.delete(account, composition)

    assert (composition.status, caught.value.code) == ("failed", 20009)


def test_lists_are_filtered_and_hide_deleted_compositions(account, room, alice):
    record(account, room, alice)
    gone = composed(account, room)
    compositions.delete(account, gone)
    other = rooms.create(account, CreateRoom())
    waiting = compose(account, other)
    later = account.clock.now

    def listed(**values):
        params = build(ListCompositions, values)
        return [each.sid for each in compositions.list_all(account, params)]

    assert listed() == [waiting.sid]
    assert listed(status="deleted") == [gone.sid]
    assert listed(status="enqueued") == [waiting.sid]
    assert listed(status="completed") == []
    assert listed(room_sid=room.sid) == []
    assert listed(room_sid=room.sid, status="deleted") == [gone.sid]
    assert listed(room_sid=other.sid, date_created_after=later) == [waiting.sid]
    assert listed(date_created_before=later) == []


def test_a_test_can_set_the_media_before_and_after_completion(account, room, alice):
    record(account, room, alice)
    composition = compose(account, room)
    compositions.set_media(account, composition, b"12345")
    rooms.end(account, room)
    clock_of(account).advance(timedelta(minutes=2))
    assert account.now(composition).size == 5

    again = compositions.set_media(account, account.now(composition), b"1234567890")

    assert (again.size, again.bitrate) == (10, 8)


def test_timers_have_descriptions(account, room, alice):
    record(account, room, alice)
    composition = compose(account, room)
    rooms.end(account, room)
    waiting = clock_of(account).pending[0].what
    clock_of(account).run_next()

    assert waiting == f"beginning of the composition {composition.sid}"
    assert clock_of(account).pending[0].what == f"progress of the composition {composition.sid}"


def test_a_large_jump_of_the_clock_has_the_same_result_as_small_ones(account, room, alice):
    """
    Each step runs at its own moment, even in a large jump.
    """
    record(account, room, alice)
    composition = compose(account, room)
    over = account.clock.now
    rooms.end(account, room)

    clock_of(account).advance(timedelta(days=365))

    assert account.now(composition).date_completed == over + timedelta(seconds=65)
