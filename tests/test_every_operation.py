"""Every operation of the API, called by Twilio's own Python client.

It is not marked ``official_client``, because the oldest supported client lacks some operations.
"""

from __future__ import annotations

import json

import pytest

from twilio.rest import Client


EVERYTHING = [{"type": "include", "all": True}]
NOTHING = [{"type": "exclude", "all": True}]


@pytest.fixture
def video(twilio_video):
    return Client(twilio_video.account_sid, twilio_video.auth_token).video.v1


@pytest.fixture
def told(twilio_video):
    """The routes that were called with success."""
    from pytest_twilio_video._api import routes

    def told():
        found = [routes.find(call.method, call.path)[0] for call in twilio_video.calls]
        return {(route.method, route.path) for route in found}

    return told


def test_the_official_client_reaches_every_operation(twilio_video, video, told):
    """
    All methods of its classes are called, on one room and its resources.
    """
    room = video.rooms.create(unique_name="standup", record_participants_on_connect=True)
    assert [each.sid for each in video.rooms.list()] == [room.sid]
    assert video.rooms("standup").fetch().links["recordings"].endswith("/Recordings")
    people_come(twilio_video, video)
    people_are_chosen_and_heard(video)
    it_is_recorded_by_rules(twilio_video, video, room.sid)
    it_is_transcribed(video)
    hooks_come_and_go(video)
    files_are_kept_elsewhere_and_here(video)
    assert video.rooms(room.sid).update(status="completed").status == "completed"
    recordings_are_fetched_and_deleted(twilio_video, video, room.sid)
    it_is_composed(twilio_video, video, room.sid)

    everything = told()
    from pytest_twilio_video._api.routes import ROUTES

    media = {("GET", route.path) for route in ROUTES if route.path.endswith("/Media")}
    assert everything == {(route.method, route.path) for route in ROUTES} - media
    assert len(everything) == 39
    assert all(call.status < 300 for call in twilio_video.calls)


def people_come(twilio_video, video):
    alice, _bob, _carol = map(twilio_video.rooms["standup"].connect, ("alice", "bob", "carol"))
    alice.publish("audio", "mic")
    alice.publish("video", "camera")
    people = video.rooms("standup").participants

    assert {each.identity for each in people.list()} == {"alice", "bob", "carol"}
    assert people("alice").fetch().sid == alice.sid
    assert people("carol").update(status="disconnected").duration == 0


def people_are_chosen_and_heard(video):
    alice, bob = map(video.rooms("standup").participants, ("alice", "bob"))
    (camera,) = [each for each in alice.published_tracks.list() if each.name == "camera"]
    assert alice.published_tracks("camera").fetch().sid == camera.sid
    assert bob.subscribe_rules.fetch().rules[0]["all"] is True

    rules = [{"type": "include", "kind": "video"}]
    assert bob.subscribe_rules.update(rules=rules).rules[0]["kind"] == "video"

    assert [each.sid for each in bob.subscribed_tracks.list()] == [camera.sid]
    assert bob.subscribed_tracks(camera.sid).fetch().publisher_sid == camera.participant_sid
    assert bob.anonymize().update().identity.startswith("PA")


def it_is_recorded_by_rules(twilio_video, video, sid):
    rules = video.rooms("standup").recording_rules
    assert rules.fetch().rules == EVERYTHING
    twilio_video.clock.advance(seconds=10)

    assert rules.update(rules=NOTHING).rules == NOTHING
    assert {each.status for each in video.recordings.list()} == {"completed"}
    assert rules.update(rules=EVERYTHING).room_sid == sid
    assert len(video.rooms(sid).recordings.list(status="processing")) == 2


def it_is_transcribed(video):
    transcriptions = video.rooms("standup").transcriptions
    made = transcriptions.create(configuration={"languageCode": "de-DE"})

    assert [each.ttid for each in transcriptions.list()] == [made.ttid]
    assert transcriptions(made.ttid).fetch().configuration == {"languageCode": "de-DE"}
    assert transcriptions(made.ttid).update(status="stopped").status == "stopped"


def hooks_come_and_go(video):
    hook = video.composition_hooks.create(friendly_name="mine", audio_sources=["*"])
    other = video.composition_hooks.create(friendly_name="other", audio_sources=["*"])

    updated = video.composition_hooks(hook.sid).update(
        friendly_name="Mine", audio_sources=["*"], enabled=False
    )
    assert video.composition_hooks(hook.sid).fetch().friendly_name == updated.friendly_name
    assert video.composition_hooks(other.sid).delete()
    assert [each.sid for each in video.composition_hooks.list(friendly_name="mi*")] == [hook.sid]


def files_are_kept_elsewhere_and_here(video):
    for settings in (video.recording_settings, video.composition_settings):
        assert settings().fetch().aws_storage_enabled is False
        made = settings().create(friendly_name="ours", aws_s3_url="https://bucket.example/")
        assert settings().fetch().friendly_name == made.friendly_name == "ours"


def recordings_are_fetched_and_deleted(twilio_video, video, sid):
    below = video.rooms(sid).recordings
    first, second, *_ = video.recordings.list(status="completed", media_type="audio")

    assert video.recordings(first.sid).fetch().grouping_sids["room_sid"] == sid
    assert below(first.sid).fetch().room_sid == sid
    assert below(first.sid).delete()
    assert video.recordings(second.sid).delete()
    assert len(below.list(status="deleted")) == 2
    assert {each.codec for each in below.list()} == {"vp8"}


def it_is_composed(twilio_video, video, sid):
    composition = video.compositions.create(
        room_sid=sid, format="mp4", video_layout={"grid": {"video_sources": ["*"]}}
    )
    assert composition.status == "enqueued"
    twilio_video.clock.advance(hours=1)

    fetched = video.compositions(composition.sid).fetch()
    assert (fetched.status, fetched.format) == ("completed", "mp4")
    assert [each.sid for each in video.compositions.list(room_sid=sid)] == [composition.sid]
    assert video.compositions(composition.sid).delete()


@pytest.mark.parametrize("where", ["recording", "room_recording", "composition"])
def test_the_official_client_gets_the_urls_of_media(twilio_video, video, where):
    """
    The client has no class for media, but the links of recordings and compositions have a URL.
    """
    room = twilio_video.rooms.create(record_participants_on_connect=True)
    room.connect("alice").publish("audio")
    twilio_video.clock.advance(seconds=10)
    room.complete()
    if where == "composition":
        made = video.compositions.create(room_sid=room.sid, audio_sources=["*"])
        twilio_video.clock.advance(hours=1)
        thing = video.compositions(made.sid).fetch()
    elif where == "recording":
        thing = video.recordings(room.recordings[0].sid).fetch()
    else:
        thing = video.rooms(room.sid).recordings.list()[0]

    answer = video.domain.twilio.request("GET", thing.links["media"])

    assert answer.status_code == 302
    url = json.loads(answer.text)["redirect_to"]
    content = twilio_video_get(url)
    assert len(content) == thing.size
    assert content.startswith(b"\x1a\x45\xdf\xa3")


def twilio_video_get(url):
    import requests

    answer = requests.get(url, timeout=1)
    assert answer.status_code == 200
    return answer.content
