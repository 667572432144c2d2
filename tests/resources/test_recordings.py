"""Recordings: they start and complete with tracks, and have media."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from virtual_time import clock_of

from pytest_twilio_video._engine.observer import Observer
from pytest_twilio_video._engine.refusals import Refusal
from pytest_twilio_video._resources import (
    participants,
    published_tracks,
    recorder,
    recordings,
    rooms,
    storage_settings,
)
from pytest_twilio_video._resources.media import FetchMedia
from pytest_twilio_video._resources.participants import Participant
from pytest_twilio_video._resources.published_tracks import TrackKind
from pytest_twilio_video._resources.recordings import (
    ListRecordings,
    ListRoomRecordings,
    Recording,
    RecordingStatus,
)
from pytest_twilio_video._resources.rooms import CreateRoom
from pytest_twilio_video._resources.storage_settings import CreateSettings, RecordingSettings


@pytest.fixture
def room(account):
    return rooms.create(account, CreateRoom(record_participants_on_connect=True))


@pytest.fixture
def alice(account, room):
    return participants.connect(account, room, "alice")


@pytest.fixture
def publish(account, room, alice):
    def publish(kind="audio", name=None, publisher=alice):
        return published_tracks.publish(account, room, publisher, TrackKind(kind), name)

    return publish


@pytest.fixture
def completed(account, publish):
    """A recording of an audio track of ten seconds."""
    track = publish("audio", "mic")
    clock_of(account).advance(timedelta(seconds=10))
    published_tracks.remove(account, track)
    return account.select(Recording, source_sid=track.sid).first()


def test_a_recording_starts_when_its_track_is_published(account, room, alice, publish):
    clock_of(account).advance(timedelta(minutes=1))
    track = publish("video", "camera")

    (recording,) = account.select(Recording)

    assert (recording.status, recording.size, recording.duration) == ("processing", 0, 0)
    assert recording.date_created == account.clock.now
    assert (recording.source_sid, recording.room_sid) == (track.sid, room.sid)
    assert recording.grouping_sids == {"room_sid": room.sid, "participant_sid": alice.sid}
    assert recording.track_name == "camera"


@pytest.mark.parametrize(
    ("codecs", "kind", "form"),
    [
        (None, "audio", ("audio", "mka", "opus")),
        (None, "video", ("video", "mkv", "vp8")),
        (["H264", "VP8"], "video", ("video", "mkv", "vp8")),
        (["H264"], "video", ("video", "mkv", "h264")),
        (["H264"], "audio", ("audio", "mka", "opus")),
    ],
)
def test_the_format_depends_on_the_kind_of_track_and_the_codecs_of_the_room(
    account, codecs, kind, form
):
    params = CreateRoom(record_participants_on_connect=True, video_codecs=codecs)
    room = rooms.create(account, params)
    alice = participants.connect(account, room, "alice")
    published_tracks.publish(account, room, alice, TrackKind(kind), None)

    (recording,) = account.select(Recording)

    assert (recording.type, recording.container_format, recording.codec) == form


def test_data_is_never_recorded(account, publish):
    publish("data")

    assert account.select(Recording).count() == 0


def test_without_rules_nothing_is_recorded(account):
    room = rooms.create(account, CreateRoom())
    alice = participants.connect(account, room, "alice")
    published_tracks.publish(account, room, alice, TrackKind.AUDIO, None)

    assert account.select(Recording).count() == 0


def test_rules_of_a_new_room_choose_which_tracks_are_recorded(account):
    only_bob = [{"type": "include", "publisher": "bob", "kind": "video"}]
    room = rooms.create(account, CreateRoom(recording_rules=only_bob))
    for identity in ("alice", "bob"):
        someone = participants.connect(account, room, identity)
        for kind in (TrackKind.AUDIO, TrackKind.VIDEO):
            published_tracks.publish(account, room, someone, kind, None)

    (recording,) = account.select(Recording)

    assert recording.type == "video"
    assert recording.grouping_sids["participant_sid"] == someone.sid


@pytest.mark.parametrize("end", ["unpublish", "leave", "kick", "room"])
def test_a_recording_completes_when_its_track_is_unpublished_for_any_reason(
    account, room, alice, publish, end
):
    track = publish()
    clock_of(account).advance(timedelta(seconds=3))

    if end == "unpublish":
        published_tracks.remove(account, track)
    elif end == "leave":
        participants.leave(account, alice)
    elif end == "kick":
        participants.update(account, room, alice, participants.UpdateParticipant(status="x"))
    else:
        rooms.end(account, room)

    (recording,) = account.select(Recording)
    assert (recording.status, recording.duration) == ("completed", 3)
    assert recording.size == len(recordings.media_of(recording)) > 0


def test_all_recordings_of_a_room_are_complete_when_the_room_ends(account, room, publish):
    """
    So composition hooks, which need the recordings, only have to wait for room-ended.
    """
    publish("audio")
    publish("video")
    seen = []

    class AtTheEnd(Observer):
        def event_announced(self, event):
            if event.name == "room-ended":
                seen.extend(account.select(Recording))

    account._observer = AtTheEnd()

    rooms.end(account, room)

    assert [each.status for each in seen] == ["completed", "completed"]


@pytest.mark.parametrize(
    ("seconds", "duration"), [(0, 1), (0.2, 1), (1.4, 1), (1.5, 2), (2.49, 2), (3600, 3600)]
)
def test_the_duration_is_rounded_and_at_least_one_second(account, publish, seconds, duration):
    track = publish()
    clock_of(account).advance(timedelta(seconds=seconds))
    published_tracks.remove(account, track)

    assert account.select(Recording).first().duration == duration


def test_all_recordings_of_a_room_have_the_offset_of_its_first_arrival(account, publish):
    """
    In milliseconds since 2015-09-20T12:00:00Z, as captured in 2023 and 2024.
    """
    clock_of(account).advance(timedelta(seconds=7, milliseconds=250))
    publish()
    clock_of(account).advance(timedelta(seconds=1, milliseconds=250))
    publish("video")

    first, second = account.select(Recording)
    arrival = account.select(Participant).first().start_time

    assert first.offset == second.offset
    epoch = datetime(2015, 9, 20, 12, 0, tzinfo=timezone.utc)
    assert epoch + timedelta(milliseconds=first.offset) == arrival
    captured = datetime(2023, 8, 14, 20, 3, 27, 297_000, tzinfo=timezone.utc)
    assert (captured - recorder.EPOCH) / timedelta(milliseconds=1) == 249293007297


def test_a_muted_track_is_still_recorded(account, publish):
    track = publish()
    publisher = account.table(Participant)[track.participant_sid]
    published_tracks.enable(account, publisher, track, enabled=False)

    assert account.select(Recording).first().status == "processing"


def test_the_start_and_the_completion_of_a_recording_are_events(account, completed):
    told = [event for event in account.events if event.name.startswith("recording-")]

    assert [event.name for event in told] == ["recording-started", "recording-completed"]
    assert [event._record.status for event in told] == ["processing", "completed"]
    assert told[1].at - told[0].at == timedelta(seconds=10)
    assert told[1]._record.sid == completed.sid


def test_a_failed_recording_stays_failed_and_has_no_media(account, room, publish):
    publish()
    recording = account.select(Recording).first()

    recordings.fail(account, recording, "RecordingUpload")
    rooms.end(account, room)

    failed = account.now(recording)
    assert (failed.status, failed.failed_operation) == ("failed", "RecordingUpload")
    assert [each.name for each in account.events if each.name.startswith("recording-")] == [
        "recording-started",
        "recording-failed",
    ]
    with pytest.raises(Refusal) as caught:
        recordings.fetch_media(account, failed, FetchMedia())
    assert caught.value.code == 20404


def test_a_deleted_recording_is_shown_for_30_days(account, completed):
    recordings.delete(account, completed)

    clock_of(account).advance(timedelta(days=30, seconds=-1))
    assert recordings.find(account, completed.sid).status == "deleted"
    assert recordings.list_all(account, ListRecordings(status=RecordingStatus.DELETED)).count()

    clock_of(account).advance(timedelta(seconds=1))
    with pytest.raises(Refusal) as caught:
        recordings.find(account, completed.sid)
    assert caught.value.code == 20404
    assert not recordings.list_all(account, ListRecordings(status=RecordingStatus.DELETED)).count()


def test_a_recording_in_process_cannot_be_deleted(account, publish):
    publish()
    recording = account.select(Recording).first()

    with pytest.raises(Refusal) as caught:
        recordings.delete(account, recording)

    assert caught.value.code == 20009
    assert account.now(recording) is recording


def test_deleting_a_recording_twice_has_no_effect(account, completed):
    recordings.delete(account, completed)
    deleted = account.now(completed)
    clock_of(account).advance(timedelta(days=1))

    recordings.delete(account, deleted)

    assert account.now(completed) is deleted


def test_lists_show_deleted_recordings_only_on_request(account, room, completed, publish):
    publish("video")
    recordings.delete(account, completed)
    deleted = RecordingStatus.DELETED

    for listed in (
        recordings.list_all(account, ListRecordings()),
        recordings.list_in_room(account, room, ListRoomRecordings()),
    ):
        assert [each.status for each in listed] == ["processing"]
    for listed in (
        recordings.list_all(account, ListRecordings(status=deleted)),
        recordings.list_in_room(account, room, ListRoomRecordings(status=deleted)),
    ):
        assert [each.sid for each in listed] == [completed.sid]


def test_filters_limit_the_list(account, room, alice, publish):
    bob = participants.connect(account, room, "bob")
    tracks = {
        "alice's audio": publish("audio"),
        "alice's video": publish("video"),
        "bob's audio": publish("audio", publisher=bob),
    }
    clock_of(account).advance(timedelta(hours=1))
    other = rooms.create(account, CreateRoom(record_participants_on_connect=True))
    eve = participants.connect(account, other, "eve")
    tracks["eve's audio"] = published_tracks.publish(account, other, eve, TrackKind.AUDIO, None)
    names = {track.sid: name for name, track in tracks.items()}

    def found(**filters):
        listed = recordings.list_all(account, ListRecordings(**filters))
        return {names[each.source_sid] for each in listed}

    assert found() == set(tracks)
    assert found(source_sid=tracks["bob's audio"].sid) == {"bob's audio"}
    assert found(grouping_sid=[room.sid]) == set(tracks) - {"eve's audio"}
    assert found(grouping_sid=[room.sid, bob.sid]) == {"bob's audio"}
    assert found(grouping_sid=[other.sid, bob.sid]) == set()
    assert found(grouping_sid=["PA" + "0" * 32, room.sid]) == set()
    assert found(source_sid="MT" + "0" * 32) == set()
    assert found(media_type=TrackKind.VIDEO) == {"alice's video"}
    assert found(date_created_after=account.clock.now) == {"eve's audio"}
    assert found(date_created_before=account.clock.now) == set(tracks) - {"eve's audio"}
    assert found(status=RecordingStatus.COMPLETED) == set()
    below = recordings.list_in_room(account, other, ListRoomRecordings())
    assert [each.source_sid for each in below] == [tracks["eve's audio"].sid]


def test_a_recording_is_not_found_below_another_room(account, completed):
    other = rooms.create(account, CreateRoom())

    with pytest.raises(Refusal) as caught:
        recordings.find_in_room(account, other, completed.sid)
    assert caught.value.code == 20404


def test_a_download_has_the_requested_ttl_and_disposition(account, completed):
    usual = recordings.fetch_media(account, completed, FetchMedia())
    other = recordings.fetch_media(
        account, completed, FetchMedia(ttl=60, content_disposition="inline")
    )

    assert (usual.ttl, other.ttl) == (timedelta(minutes=10), timedelta(minutes=1))
    assert usual.disposition == f'attachment; filename="{completed.sid}.mka"'
    assert other.disposition == "inline"
    assert usual.media.content_type == "audio/x-matroska"


def test_a_test_can_set_the_media(account, completed, publish):
    changed = recordings.set_media(account, completed, b"my own")
    publish("video")
    running = account.select(Recording, status=RecordingStatus.PROCESSING).first()
    recordings.set_media(account, running, b"longer than that")
    participants.leave(account, account.select(participants.Participant).first())

    assert (changed.size, recordings.media_of(changed)) == (6, b"my own")
    assert account.now(running).size == 16


def test_empty_media_cannot_be_fetched(account, completed):
    silent = recordings.set_media(account, completed, b"")

    with pytest.raises(Refusal) as caught:
        recordings.fetch_media(account, silent, FetchMedia())
    assert (caught.value.code, silent.size) == (20404, 0)


def test_a_recording_in_external_storage_cannot_be_fetched(account, publish):
    """
    Twilio shows its URL, but does not have the media itself.
    """
    params = CreateSettings(
        friendly_name="ours", aws_s3_url="https://bucket.example/path/", aws_storage_enabled=True
    )
    storage_settings.create(account, params, kind=RecordingSettings)
    published_tracks.remove(account, publish())

    recording = account.select(Recording).first()

    wanted = f"https://bucket.example/path/{recording.sid}.mka"
    assert recording.media_external_location == wanted
    assert recordings.stored(account, recording.sid) is None


@pytest.mark.parametrize(("kind", "codec"), [("audio", b"A_OPUS"), ("video", b"V_VP8")])
def test_the_media_are_a_matroska_file(account, publish, kind, codec):
    published_tracks.remove(account, publish(kind))

    content = recordings.stored(account, account.select(Recording).first().sid).content

    assert content.startswith(b"\x1a\x45\xdf\xa3")
    assert b"matroska" in content[:64]
    assert codec in content
