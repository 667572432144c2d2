"""The timeline as text and as a diagram."""

# ruff: noqa: E501 -- a line of a timeline may be wider than one of ours

from __future__ import annotations

import re

from datetime import datetime, timezone
from textwrap import dedent

import jwt
import pytest
import requests

from pytest_twilio_video import FakeTwilioVideo, MovedTimeError, Timeline, VideoSdkError
from pytest_twilio_video._fake.timeline import chart_json
from pytest_twilio_video._report.formatting import cut


ROOMS = "https://video.twilio.com/v1/Rooms"
TOLD = "https://app.example/told"


@pytest.fixture(name="fake")
def _fake():
    with FakeTwilioVideo(start="2026-01-31T09:00:00Z", seed="a test") as fake:
        yield fake


def call(fake, method="POST", url=ROOMS, **data):
    credentials = fake.account_sid, fake.auth_token
    return requests.request(method, url, data=data, auth=credentials, timeout=5)


def lines(fake):
    return fake.timeline.to_text().splitlines()


def test_a_body_that_twilio_does_not_read_is_shown(fake):
    """
    An application that sends JSON gets a room with the defaults, and the reason is hard to find.
    """
    requests.post(ROOMS, json={"UniqueName": "lesson"}, auth=("AC" + "0" * 32, "x"), timeout=5)
    requests.post(ROOMS, files={"UniqueName": "lesson"}, auth=("AC" + "0" * 32, "x"), timeout=5)
    call(fake)
    assert lines(fake)[0] == (
        "09:00:00   requests  POST /v1/Rooms"
        "  (the application/json body is ignored: Twilio takes only forms) -> 201"
    )
    assert [each.unread for each in fake.calls] == ["application/json", "", ""]
    assert fake.rooms[0].unique_name == fake.rooms[0].sid


def test_the_timeline_shows_everything_in_order_and_in_virtual_time(fake):
    call(fake, UniqueName="DailyStandup", StatusCallback=TOLD)
    call(fake, UniqueName="DailyStandup")
    fake.callbacks.deliver_to(lambda callback: 500 if callback.event == "room-ended" else 200)
    alice = fake.rooms["DailyStandup"].connect("alice")
    alice.publish("audio", "voice").disable()
    fake.clock.advance(minutes=3)
    alice.disconnect()
    fake.clock.advance(minutes=90)

    assert str(fake.timeline) == dedent("""\
        09:00:00   requests  POST /v1/Rooms  UniqueName=DailyStandup StatusCallback=https://app.example/told -> 201
        09:00:00   event     room-created  DailyStandup
        09:00:00 ! requests  POST /v1/Rooms  UniqueName=DailyStandup -> 400 (code 53113)
        09:00:00   test      alice joins DailyStandup
        09:00:00   event     participant-connected  alice in DailyStandup
        09:00:00   callback  room-created  DailyStandup -> 200
        09:00:00   callback  participant-connected  alice in DailyStandup -> 200
        09:00:00   test      alice publishes audio 'voice'
        09:00:00   event     track-added  audio 'voice' of alice in DailyStandup
        09:00:00   callback  track-added  audio of alice in DailyStandup -> 200
        09:00:00   test      mutes audio
        09:00:00   event     track-disabled  audio 'voice' of alice in DailyStandup
        09:00:00   callback  track-disabled  audio of alice in DailyStandup -> 200
        09:00:00   clock     +3 min, to 09:03:00
        09:03:00   test      alice leaves
        09:03:00   event     participant-disconnected  alice in DailyStandup
        09:03:00   callback  participant-disconnected  alice in DailyStandup -> 200
        09:03:00   clock     +1 h 30 min, to 10:33:00
        09:08:00   timer     empty room timeout of DailyStandup
        09:08:00   event     room-ended  DailyStandup
        09:08:00 ! callback  room-ended  DailyStandup -> 500
                             the application answered 500, but for Twilio only 2xx is a success""")


def test_an_empty_timeline_says_that_nothing_has_happened(fake):
    assert fake.timeline.to_text() == "nothing has happened"
    assert repr(fake.timeline) == "<Timeline of 0 lines>"
    assert isinstance(fake.timeline, Timeline)


def test_a_reset_starts_a_new_timeline(fake):
    call(fake)
    fake.reset()

    assert len(fake.timeline) == 0


def test_the_effects_of_a_call_come_after_it(fake):
    """
    This is so even if the handler of a callback calls Twilio.
    """
    fake.callbacks.deliver_to(lambda _: call(fake, "GET").status_code)
    fake.rooms.create(unique_name="DailyStandup", status_callback=TOLD)

    assert [line[11:].strip() for line in lines(fake)] == [
        "test      creates the room DailyStandup",
        "event     room-created  DailyStandup",
        "callback  room-created  DailyStandup -> 200",
        "requests  GET /v1/Rooms -> 200",
    ]


@pytest.mark.parametrize(
    ("handle", "error"),
    [
        (lambda _fake: 1 / 0, ZeroDivisionError),
        (lambda fake: fake.clock.advance(minutes=1), MovedTimeError),
    ],
)
def test_a_callback_whose_handler_raised_is_not_called_undelivered(fake, handle, error):
    fake.callbacks.deliver_to(lambda _: handle(fake))
    with pytest.raises(error):
        fake.rooms.create(unique_name="DailyStandup", status_callback=TOLD)

    assert "room-created  DailyStandup -> no response" in "\n".join(lines(fake))
    assert "undelivered" not in "\n".join(lines(fake))


def test_failures_are_marked(fake):
    room = fake.rooms.create(unique_name="DailyStandup", status_callback=TOLD)
    with pytest.raises(VideoSdkError):
        room.connect("")
    fake.fail(status=503, code=20503)
    call(fake, "GET")
    fake.fail(error="timeout")
    with pytest.raises(requests.exceptions.Timeout):
        call(fake, "GET")
    call(fake, "GET", f"{ROOMS}/nobody")
    fake.callbacks.drop("room-created")
    fake.callbacks.deliver_to(lambda _: 1 / 0, raise_exceptions=False)
    room.complete()

    assert [line[21:] for line in lines(fake) if line[9] == "!"] == [
        "room-created  DailyStandup -> undelivered (lost: callbacks.drop())",
        "'' joins DailyStandup -> 53200 Participant identity is invalid",
        "GET /v1/Rooms -> 503 (code 20503), injected: 503 (code 20503) for all calls",
        "GET /v1/Rooms -> no response, injected: timeout for all calls",
        "GET /v1/Rooms/nobody -> 404 (code 20404)",
        "room-ended  DailyStandup -> 500",
    ]
    assert lines(fake)[-1] == " " * 21 + "the handler raised ZeroDivisionError('division by zero')"


def test_a_late_or_repeated_callback_shows_its_delay(fake):
    fake.callbacks.deliver_to(lambda _: 200)
    with fake.callbacks.hold():
        fake.rooms.create(unique_name="DailyStandup", status_callback=TOLD)
        fake.clock.advance(minutes=2)
    fake.callbacks.redeliver(fake.callbacks[0])
    fake.callbacks.tamper("room-ended")
    fake.rooms["DailyStandup"].complete()

    assert [line[21:] for line in lines(fake) if " callback " in line] == [
        "room-created  DailyStandup, queued 2 min earlier -> 200",
        "room-created  DailyStandup, queued 2 min earlier -> 200",
        "room-ended  DailyStandup -> 200 (sent with a wrong signature: callbacks.tamper())",
    ]


def test_long_values_are_cut_unless_verbose(fake):
    name = "x" * 128
    call(fake, UniqueName=name, StatusCallback=TOLD)
    call(fake, "GET", f"{ROOMS}/{fake.rooms[name].sid}")

    short, whole = fake.timeline.to_text(), fake.timeline.to_text(verbose=True)

    assert max(map(len, short.splitlines())) <= 110
    assert "…" in short
    assert fake.rooms[name].sid not in short
    assert "…" not in whole.splitlines()[1]
    assert f"{ROOMS.removeprefix('https://video.twilio.com')}/{fake.rooms[name].sid}" in whole


@pytest.mark.parametrize(
    ("text", "shown"),
    [("four", "four"), ("five5", "five5"), ("sixsix", "sixs…"), (" a\n b ", "a b")],
)
def test_a_text_that_just_fits_is_not_cut(text, shown):
    assert cut(text, 5) == shown


def test_a_call_by_sid_shows_the_name_of_the_room(fake):
    room = fake.rooms.create(unique_name="DailyStandup")
    call(fake, "GET", f"{ROOMS}/{room.sid}/Participants")

    assert lines(fake)[-1].endswith(f"/{room.sid[:10]}…/Participants (DailyStandup) -> 200")


def test_overdue_timers_are_shown_before_the_next_call(fake):
    freezegun = pytest.importorskip("freezegun")
    with freezegun.freeze_time("2026-01-31 09:00") as frozen:
        call(fake, UniqueName="one")
        frozen.tick(600)
        call(fake, UniqueName="two")

    assert [line[:8] for line in lines(fake)] == [
        "09:00:00", "09:00:00", "09:05:00", "09:05:00", "09:10:00", "09:10:00",
    ]  # fmt: skip


def test_callbacks_are_shown_after_the_move_of_the_clock_that_delivered_them(fake):
    fake.callbacks.deliver_to(lambda _: 200)
    call(fake, UniqueName="one", StatusCallback=TOLD)
    fake.latency(3)
    call(fake, "GET")
    fake.clock.advance(minutes=10)

    assert [line[11:] for line in lines(fake)[3:]] == [
        "clock     +10 min, to 09:10:03",
        "callback  room-created  one, queued 3 s earlier -> 200",
        "timer     unused room timeout of one",
        "event     room-ended  one",
        "callback  room-ended  one -> 200",
    ]


def test_dates_are_shown_if_there_are_several_days(fake):
    fake.rooms.create(unique_name="DailyStandup")
    fake.clock.advance(days=1)
    fake.rooms.create(unique_name="Retro")

    assert lines(fake)[0].startswith("01-31 09:00:00 ")
    assert lines(fake)[-1].startswith("02-01 09:00:00 ")


def test_a_made_up_past_is_shown_in_one_line(fake):
    fake.populate(rooms=3)

    assert [line[11:] for line in lines(fake)] == ["test  gives the account a made-up past"]


def test_every_action_of_the_test_has_its_description(fake):
    room = fake.rooms.create(unique_name="one", record_participants_on_connect=True)
    alice = room.connect("alice")
    track = alice.publish("video")
    track.disable()
    track.enable()
    alice.drop_network()
    alice.resume()
    fake.recordings[0].fail()
    track.unpublish()
    alice.publish("audio", "voice")
    fake.recordings[1].media = b"123"
    alice.disconnect()
    room.complete()
    call(fake, url="https://video.twilio.com/v1/Compositions", RoomSid=room.sid, AudioSources="*")
    fake.compositions[0].media = b"1234"
    fake.compositions[0].fail()

    told = [line.partition(" test      ")[2] for line in lines(fake) if " test  " in line]
    assert [re.sub(r"[0-9a-f]{8}…", "…", each) for each in told] == [
        "creates the room one",
        "alice joins one",
        "alice publishes video",
        "mutes video",
        "unmutes video",
        "alice loses the network",
        "alice is back on the network",
        "makes RT… fail",
        "unpublishes video",
        "alice publishes audio 'voice'",
        "sets the media of voice to 3 bytes",
        "alice leaves",
        "completes one",
        "sets the media of CJ… to 4 bytes",
        "makes CJ… fail",
    ]


def test_no_secret_is_shown(fake):
    token = jwt.encode(
        {"sub": fake.account_sid},
        "a secret of somebody else, long enough",
        headers={"cty": "twilio-fpa;v=1"},
    )
    with pytest.raises(VideoSdkError):
        fake.connect(token, "one")

    told = fake.timeline.to_text(verbose=True)
    assert "joins one with a token -> 2010" in told
    assert not any(each in told for each in (token, fake.api_key_secret, fake.auth_token))


def test_the_password_in_a_callback_url_is_not_shown(fake):
    fake.callbacks.deliver_to(lambda _: 200)
    call(fake, StatusCallback="https://me:hush@app.example/told")
    fake.callbacks.flush()

    told = fake.timeline.to_text(verbose=True)
    assert told.count("https://me:…@app.example/told") == 2
    assert "hush" not in told + chart_json(fake.timeline)


def test_the_diagram_shows_sender_and_receiver(fake):
    call(fake, UniqueName="A;B#<c>", StatusCallback=TOLD)
    call(fake, UniqueName="A;B#<c>")
    fake.callbacks.deliver_to(lambda _: 204)
    fake.clock.advance(minutes=5)

    assert fake.timeline.to_mermaid() == dedent("""\
        sequenceDiagram
            participant app as Application
            participant twilio as Twilio Video
            participant test as Test
            Note over app,test: 2026-01-31 09:00:00
            app->>twilio: POST /v1/Rooms
            twilio-->>app: 201
            Note over twilio: room-created A#59;B#35;#60;c#62;
            app->>twilio: POST /v1/Rooms
            twilio--xapp: 400 (code 53113)
            test->>twilio: clock +5 min, to 09:05:00
            twilio->>app: room-created A#59;B#35;#60;c#62; (204)
            Note over app,test: 2026-01-31 09:05:00
            Note over twilio: unused room timeout of A#59;B#35;#60;c#62;
            Note over twilio: room-ended A#59;B#35;#60;c#62;
            twilio->>app: room-ended A#59;B#35;#60;c#62; (204)
        """)


def test_milliseconds_are_shown_if_there_are_any(fake):
    fake.clock.advance_to(datetime(2026, 1, 31, 9, 0, 0, 250_000, tzinfo=timezone.utc))
    fake.rooms.create(unique_name="DailyStandup")

    assert lines(fake)[1].startswith("09:00:00.250 ")


def test_the_timeline_can_be_read_during_a_call_or_a_delivery(fake):
    seen = []

    def handler(_):
        seen.append(lines(fake)[-1])
        return 200

    fake.callbacks.deliver_to(handler)
    fake.rooms.create(unique_name="one", status_callback=TOLD)
    assert seen[0].endswith("callback  room-created  one -> being delivered")

    proceed = fake._faults.answer
    fake._faults.answer = lambda *args: seen.append(lines(fake)[-1]) or proceed(*args)
    call(fake, "GET")
    assert seen[1].endswith("requests  GET /v1/Rooms -> being answered")


def test_the_diagram_shows_what_the_test_did(fake):
    fake.rooms.create(unique_name="one")
    with pytest.raises(VideoSdkError):
        fake.rooms["one"].connect("")

    told = fake.timeline.to_mermaid()
    assert "test->>twilio: creates the room one\n" in told
    assert "test->>twilio: '' joins one (53200 Participant identity is invalid)\n" in told


def test_the_repr_of_an_entry_shows_its_subject(fake):
    fake.rooms.create(unique_name="one")

    assert repr(fake._simulation.journal.entries[1]).startswith(
        "<Entry 09:00:00 event <Event room-"
    )
