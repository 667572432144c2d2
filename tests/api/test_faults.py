"""What goes wrong between a request and its answer, without a client."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta

import pytest

from pytest_twilio_video import Fault, InvalidArgumentError, TwilioVideoError
from pytest_twilio_video._api.routes import ROUTES
from pytest_twilio_video._engine.refusals import ERROR_CODES
from pytest_twilio_video._http import NetworkFailure, Request
from pytest_twilio_video.errors import RefusedError, VideoSdkError


ROOMS = "/v1/Rooms"


def statuses(fake):
    return [call.status for call in fake.calls]


# Errors in the place of answers.


def test_without_words_the_next_call_finds_the_service_unavailable(fake, ask):
    fake.fail()

    answer = ask("POST", ROOMS)

    assert answer.status == 503
    assert answer.json == {
        "code": 20503,
        "message": "Service is unavailable. Please try again",
        "more_info": "https://www.twilio.com/docs/errors/20503",
        "status": 503,
    }
    assert answer.headers["Content-Type"] == "application/json"
    assert "Retry-After" not in answer.headers
    assert ask("POST", ROOMS).status == 201


@pytest.mark.parametrize("code", ERROR_CODES)
def test_a_code_brings_its_text_and_status(fake, ask, code):
    fake.fail(code=code)

    answer = ask("GET", ROOMS)

    assert answer.json["code"] == code
    assert answer.status == answer.json["status"] == ERROR_CODES[code].status
    text = "The requested resource /Rooms was not found"
    assert answer.json["message"] == (text if code == 20404 else ERROR_CODES[code].message)


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, 20001, "Invalid parameter"),
        (401, 20003, "Authenticate"),
        (403, 20403, "Forbidden"),
        (404, 20404, "The requested resource /Rooms was not found"),
        (405, 20004, "Method not allowed"),
        (429, 20429, "Too Many Requests"),
        (500, 20500, "Internal Server Error"),
        (502, 20502, "Bad Gateway"),
        (504, 20504, "Gateway Timeout"),
        (599, 20599, "Error 599"),
    ],
)
def test_a_status_alone_brings_twilios_code_for_it(fake, ask, status, code, message):
    fake.fail(status=status)

    answer = ask("GET", ROOMS)

    assert (answer.status, answer.json["code"], answer.json["message"]) == (status, code, message)


def test_what_is_said_wins_over_what_follows(fake, ask):
    fake.fail(code=53113, status=409, message="It is there", retry_after=7)

    answer = ask("POST", ROOMS)

    assert (answer.status, answer.json["code"], answer.json["message"]) == (
        409,
        53113,
        "It is there",
    )
    assert answer.headers["Retry-After"] == "7"


@pytest.mark.parametrize("given", [{"code": 20404}, {"status": 404}])
def test_a_text_of_ones_own_stands_for_not_found_too(fake, ask, given):
    fake.fail(message="Gone", **given)

    assert ask("GET", ROOMS).json["message"] == "Gone"


@pytest.mark.parametrize("given", [{}, {"code": 53113}, {"status": 404}, {"status": 599}])
def test_a_text_may_be_empty(fake, ask, given):
    fake.fail(message="", **given)

    assert ask("GET", ROOMS).json["message"] == ""


def test_a_code_that_is_not_known_comes_with_a_text(fake, ask):
    fake.fail(code=99999, message="Something new", status=418)

    assert ask("GET", ROOMS).json["code"] == 99999


def test_a_fault_comes_before_everything_even_credentials(fake):
    fake.fail()

    assert fake.handle(Request("GET", "https://video.twilio.com/v1/Nothing")).status == 503


# Whose turn it is.


@pytest.mark.parametrize(
    ("method", "path", "hit"),
    [
        (None, None, True),
        ("GET", None, True),
        ("get", None, True),
        ("POST", None, False),
        (None, "/v1/Rooms/a-b/Participants", True),
        (None, "/v1/Rooms/a-b/Participants/", True),
        (None, "/v1/Rooms", False),
        (None, "/v1/Rooms/*", True),
        (None, "/v1/*/Participants", True),
        (None, "*", True),
        (None, "*/Participants", True),
        (None, "*/Participants/*", False),
        (None, "/v1/rooms/*", False),
        (None, "/v1/Rooms/[a]-b/Participants", False),
        ("GET", "/v1/Rooms/*", True),
        ("DELETE", "/v1/Rooms/*", False),
    ],
)
@pytest.mark.parametrize(
    "asked", ["/v1/Rooms/a-b/Participants", "/v1/Rooms/a%2Db/Participants/?x=1"]
)
def test_it_strikes_the_calls_of_its_method_and_path(fake, ask, method, path, hit, asked):
    fault = fake.fail(method, path)

    assert (ask("GET", asked).status == 503) is hit
    assert fault.hits == hit


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_each_path_of_twilios_can_fail(fake, ask, path):
    fake.fail("DELETE", path)

    assert ask("DELETE", path).status == 503


@pytest.mark.parametrize("path", ["/v1/Rooms/why%3F", "/v1/Rooms/why*", "/v1/Rooms/a%2Fb"])
def test_a_name_with_signs_of_the_url_can_be_meant(fake, ask, path):
    fake.fail(path=path)

    assert ask("GET", path.replace("*", "%3F")).status == 503


def test_a_path_that_is_not_twilios_can_fail_with_a_star(fake, ask):
    fake.fail(path="/v1/New*")

    assert ask("GET", "/v1/News").status == 503


def test_so_many_pass_then_so_many_are_struck(fake, ask):
    fault = fake.fail("POST", ROOMS, after=2, times=3)

    for _ in range(7):
        ask("POST", ROOMS)
        ask("GET", ROOMS)

    assert statuses(fake)[::2] == [201, 201, 503, 503, 503, 201, 201]
    assert set(statuses(fake)[1::2]) == {200}
    assert fault.hits == 3


def test_several_strike_in_the_order_of_asking_one_for_each_call(fake, ask):
    fake.fail(status=503)
    fake.fail(status=429)
    fake.fail(status=500, after=1)

    for _ in range(5):
        ask("GET", ROOMS)

    assert statuses(fake) == [503, 429, 200, 500, 200]


@pytest.mark.parametrize("second", [{}, {"when": "after"}, {"error": "reset", "when": "after"}])
def test_an_answer_that_is_lost_is_struck_by_one_alone_as_well(fake, ask, second):
    """
    The work was done, and what came later in the order has not got in its way.
    """
    first, later = fake.fail(status=429, when="after"), fake.fail(**second)

    assert ask("POST", ROOMS).status == 429
    assert (first.hits, later.hits, len(fake.rooms)) == (1, 0, 1)
    with pytest.raises(NetworkFailure) if "error" in second else nullcontext():
        assert ask("POST", ROOMS).status == 503
    assert (first.hits, later.hits) == (1, 1)


def test_calls_that_are_too_early_count_whoever_strikes_them(fake, ask):
    fake.fail(status=500, after=2)
    fake.fail(status=429, times=3)

    for _ in range(5):
        ask("GET", ROOMS)

    assert statuses(fake) == [429, 429, 500, 429, 200]


def test_what_is_throttled_is_no_faults_turn(fake, ask):
    fault = fake.fail(after=1)
    fake.throttle(reads_per_second=1)

    assert [ask("GET", ROOMS).status for _ in range(3)] == [200, 429, 429]
    fake.clock.advance(seconds=1)
    assert ask("GET", ROOMS).status == 503
    assert fault.hits == 1


def test_a_fault_that_has_struck_stays_when_another_is_added(fake, ask):
    fake.fail("GET", ROOMS, times=2)
    first = ask("GET", ROOMS).status
    fake.fail("GET", "/v1/Recordings")

    later = [ask("GET", path).status for path in (ROOMS, "/v1/Recordings", ROOMS)]

    assert (first, later) == (503, [503, 503, 200])


def test_it_strikes_until_it_is_stopped(fake, ask):
    fault = fake.fail(times=None)
    for _ in range(5):
        ask("GET", ROOMS)

    fault.stop()
    fault.stop()

    assert ask("GET", ROOMS).status == 200
    assert fault.hits == 5


def test_it_is_stopped_at_the_end_of_a_with(fake, ask):
    with fake.fail(times=None) as fault:
        ask("GET", ROOMS)

    ask("GET", ROOMS)

    assert statuses(fake) == [503, 200]
    assert isinstance(fault, Fault)


def test_a_reset_drops_the_faults(fake, ask):
    fake.fail(times=None)
    fake.throttle(1, 1)
    fake.latency(5)
    fake.lag()
    fake.limits(rooms=0)

    fake.reset()

    before = fake.clock.now
    assert [ask("POST", ROOMS).status for _ in range(3)] == [201] * 3
    assert fake.clock.now == before


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (
            lambda fake: fake.fail("post", ROOMS),
            "<Fault 503 (code 20503) for POST /v1/Rooms, 0 hits>",
        ),
        (lambda fake: fake.fail(error="reset"), "<Fault reset for all calls, 0 hits>"),
        (lambda fake: fake.throttle(), "<Fault 80 reads and 20 writes a second, 0 hits>"),
        (lambda fake: fake.latency(2.5), "<Fault latency of 2.5 s, 0 hits>"),
        (
            lambda fake: fake.lag(),
            "<Fault room-ended lags 2 s, recording-completed lags 10 s, 0 hits>",
        ),
    ],
)
def test_its_repr_tells_what_it_is(fake, order, words):
    assert repr(order(fake)) == words


def test_its_repr_tells_how_far_it_is(fake, ask):
    fault = fake.fail(code=53113)
    ask("POST", ROOMS)

    assert repr(fault) == "<Fault 400 (code 53113) for all calls, 1 hit, over>"


# What becomes of the account.


@pytest.mark.parametrize("how", [{}, {"code": 53113}, {"error": "reset"}, {"error": "connect"}])
def test_a_fault_leaves_the_account_as_it_was(fake, ask, how):
    fake.fail(**how)

    with pytest.raises(NetworkFailure) if "error" in how else nullcontext():
        ask("POST", ROOMS, UniqueName="DailyStandup")

    assert len(fake.rooms) == 0
    assert fake.events == []
    assert ask("POST", ROOMS, UniqueName="DailyStandup").status == 201


@pytest.mark.parametrize("how", [{}, {"error": "timeout"}, {"error": "reset"}])
def test_an_answer_that_is_lost_leaves_the_work_done(fake, ask, how):
    fake.fail(when="after", **how)

    with pytest.raises(NetworkFailure) if "error" in how else nullcontext():
        assert ask("POST", ROOMS, UniqueName="DailyStandup").status == 503

    assert [room.unique_name for room in fake.rooms] == ["DailyStandup"]
    assert ask("POST", ROOMS, UniqueName="DailyStandup").json["code"] == 53113


def test_a_call_that_was_struck_is_a_call(fake, ask):
    fake.fail(status=429)
    fake.fail(error="timeout")

    ask("POST", ROOMS, UniqueName="DailyStandup")
    with pytest.raises(NetworkFailure):
        ask("POST", ROOMS, UniqueName="DailyStandup")

    refused, lost = fake.assert_called("POST", ROOMS, unique_name="DailyStandup")
    assert (refused.status, lost.status) == (429, None)
    assert repr(refused) == "<Call POST /v1/Rooms 429 by a test>"
    assert repr(lost) == "<Call POST /v1/Rooms without an answer by a test>"


@pytest.mark.parametrize("kind", ["timeout", "connect", "reset"])
def test_a_connection_fails_in_the_way_that_is_asked_for(fake, ask, kind):
    fake.fail(error=kind)

    with pytest.raises(NetworkFailure, match=kind) as caught:
        ask("GET", ROOMS)

    assert caught.value.kind == kind
    assert ask("GET", ROOMS).status == 200


# Mistakes.


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"method": "FETCH"}, r"method is 'FETCH', but must be one of: GET, POST"),
        ({"method": 503}, r"method is 503"),
        ({"path": "Rooms"}, r"path is 'Rooms', but must be as in the URL, from /v1 on"),
        ({"path": "https://video.twilio.com/v1/Rooms"}, r"from /v1 on"),
        ({"path": "/Rooms"}, r"from /v1 on"),
        ({"path": f"{ROOMS}?Status=completed"}, r"compared without the query: leave out what"),
        ({"path": f"{ROOMS}/*#top"}, r"begins with \? or #\. In a name they are written %3F and"),
        ({"path": "/v1/Room"}, r"has no such path\. Did you mean '/v1/Rooms'\? .* write a \* in"),
        ({"path": "/v1/rooms"}, r"Did you mean '/v1/Rooms'\?"),
        ({"path": f"/v1/rooms/RM{'0' * 32}/"}, rf"Did you mean '/v1/Rooms/RM{'0' * 32}'\?"),
        ({"path": "/v1/Room/a-b/Participant"}, r"Did you mean '/v1/Rooms/a-b/Participants'\?"),
        ({"path": "/v1/Tokens"}, r"no such path\. To mean calls of it nevertheless"),
        ({"message": 5}, r"message is 5, but must be text"),
        ({"code": 53113, "message": ["Gone"]}, r"message is \['Gone'\], but must be text"),
        ({"status": 200}, r"status is 200, but must be a whole number, from 400 to 599"),
        ({"status": 600}, r"status is 600"),
        ({"status": "503"}, r"status is '503'"),
        ({"code": 5311}, r"code is 5311, of which no text is known here: give it a message"),
        ({"code": "53113"}, r"code is '53113', but must be a whole number, 1 or more"),
        ({"times": 0}, r"times is 0, but must be a whole number, 1 or more"),
        ({"times": True}, r"times is True"),
        ({"times": 1.5}, r"times is 1.5"),
        ({"after": -1}, r"after is -1, but must be a whole number, 0 or more"),
        ({"retry_after": -1}, r"retry_after is -1"),
        ({"retry_after": 1.5}, r"retry_after is 1.5"),
        ({"error": "broken"}, r"error is 'broken', but must be one of: 'timeout', 'connect', 're"),
        ({"error": "reset", "code": 53113}, r"error='reset' .* could have code: give one or the"),
        ({"error": "reset", "status": 503, "retry_after": 1}, r"have status and retry_after"),
        ({"when": "during"}, r"when is 'during', but must be one of: 'before', 'after'"),
        ({"error": "connect", "when": "after"}, r"nothing arrives, so it cannot strike"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_ordered(fake, ask, order, words):
    with pytest.raises(InvalidArgumentError, match=words) as caught:
        fake.fail(**order)

    assert isinstance(caught.value, (ValueError, TwilioVideoError))
    assert ask("GET", ROOMS).status == 200


@pytest.mark.parametrize(
    "order",
    [
        lambda fake: fake.throttle(reads_per_second=0),
        lambda fake: fake.throttle(writes_per_second=1.5),
        lambda fake: fake.latency(-1),
        lambda fake: fake.latency("1"),
        lambda fake: fake.latency(float("inf")),
        lambda fake: fake.latency(float("nan")),
        lambda fake: fake.latency(1e11),
        lambda fake: fake.latency(1e30),
        lambda fake: fake.latency(10**400),
        lambda fake: fake.lag(media=1e30),
        lambda fake: fake.latency(1, when="never"),
        lambda fake: fake.lag(ended_rooms=-1),
        lambda fake: fake.lag(media=None),
        lambda fake: fake.limits(rooms=-1),
        lambda fake: fake.limits(participants=True),
    ],
)
def test_other_orders_are_checked_as_well(fake, order):
    with pytest.raises(InvalidArgumentError, match=r" is .*, but must be "):
        order(fake)


# How many calls.


def test_the_limits_of_an_account_are_80_reads_and_20_writes_a_second(fake, ask):
    fault = fake.throttle()

    writes = [ask("POST", ROOMS).status for _ in range(25)]
    reads = [ask("GET", ROOMS).status for _ in range(90)]

    assert writes == [201] * 20 + [429] * 5
    assert reads == [200] * 80 + [429] * 10
    assert len(fake.rooms) == 20
    assert fault.hits == 15


def test_what_is_too_much_is_told_when_to_come_again(fake, ask):
    fake.throttle(writes_per_second=1)
    ask("POST", ROOMS)
    fake.clock.advance(seconds=0.25)

    answer = ask("POST", ROOMS)
    assert (answer.status, answer.json["code"]) == (429, 20429)
    assert answer.headers["Retry-After"] == "1"

    fake.clock.advance(seconds=0.5)
    assert ask("POST", ROOMS).status == 429
    fake.clock.advance(seconds=0.25)
    assert ask("POST", ROOMS).status == 201


def test_the_second_slides(fake, ask):
    fake.throttle(reads_per_second=2)
    seen = []
    for _ in range(6):
        seen.append(ask("GET", ROOMS).status)
        fake.clock.advance(seconds=0.4)

    assert seen == [200, 200, 429, 200, 200, 429]


def test_a_second_throttle_takes_the_place_of_the_first(fake, ask):
    first = fake.throttle(reads_per_second=1)
    with fake.throttle(reads_per_second=3):
        assert [ask("GET", ROOMS).status for _ in range(4)] == [200, 200, 200, 429]

    assert [ask("GET", ROOMS).status for _ in range(4)] == [200] * 4
    assert first.hits == 0


# How long they take.


def test_each_call_takes_its_while_of_virtual_time(fake, ask):
    start = fake.clock.now
    fault = fake.latency(1.5)

    first, second = ask("POST", ROOMS).json, ask("POST", ROOMS).json

    assert fake.clock.now - start == timedelta(seconds=3)
    assert [call.at - start for call in fake.calls] == [timedelta(0), timedelta(seconds=1.5)]
    assert (first["date_created"], second["date_created"]) == (
        "2026-01-01T09:00:01Z",
        "2026-01-01T09:00:03Z",
    )
    assert fault.hits == 2


def test_what_falls_due_meanwhile_happens_and_is_not_delivered(fake, ask):
    told = []
    fake.callbacks.deliver_to(lambda callback: told.append(callback.event))
    room = fake.rooms.create(status_callback="http://app.test/")
    sid = room.sid
    fake.latency(600)

    assert ask("GET", f"{ROOMS}/{sid}").json["status"] == "completed"

    assert told == ["room-created"]
    fake.callbacks.flush()
    assert told == ["room-created", "room-ended"]


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_who_waits_less_gives_up_after_that(fake, when, made):
    start = fake.clock.now
    fake.latency(10, when=when)
    url = f"https://video.twilio.com{ROOMS}"
    headers = {"authorization": "Basic QUM6cw=="}

    with pytest.raises(NetworkFailure, match="timeout"):
        fake.handle(Request("POST", url, headers, timeout=2.5))

    assert fake.clock.now - start == timedelta(seconds=2.5)
    assert len(fake.rooms) == made
    assert statuses(fake) == [None]
    assert fake.handle(Request("POST", url, headers, timeout=10)).status == 201
    assert fake.handle(Request("POST", url, headers)).status == 201


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("how", [{}, {"error": "reset"}, {"error": "connect"}])
def test_an_error_takes_its_while_too(fake, ask, how, when):
    start = fake.clock.now
    fake.fail(**how)
    fake.latency(2, when=when)

    with pytest.raises(NetworkFailure, match=how["error"]) if how else nullcontext():
        assert ask("GET", ROOMS).status == 503
    assert fake.clock.now - start == timedelta(seconds=2)


@pytest.mark.parametrize("when", ["before", "after"])
def test_who_waits_less_does_not_live_to_see_the_connection_break(fake, when):
    start = fake.clock.now
    fake.fail(error="reset")
    fake.latency(10, when=when)

    with pytest.raises(NetworkFailure, match="timeout"):
        fake.handle(Request("POST", f"https://video.twilio.com{ROOMS}", timeout=2.5))

    assert fake.clock.now - start == timedelta(seconds=2.5)


def test_latency_in_a_handler_is_added_after_the_delivery(fake, ask):
    start = fake.clock.now
    seen = []

    def handler(_callback):
        seen.append((ask("GET", ROOMS).status, fake.clock.now - start))

    fake.callbacks.deliver_to(handler)
    fake.latency(30)
    fake.rooms.create(status_callback="http://app.test/", unused_room_timeout=1)
    fake.clock.advance(minutes=1)

    assert seen == [(200, timedelta(0)), (200, timedelta(minutes=1))]
    assert fake.clock.now - start == timedelta(seconds=30 + 60 + 30)


# What lags behind.


def test_a_room_that_has_just_ended_is_not_found_by_its_sid_for_a_while(fake, ask):
    fault = fake.lag(ended_rooms=3)
    room = fake.rooms.create(unique_name="DailyStandup")
    path = f"{ROOMS}/{room.sid}"
    assert ask("GET", path).status == 200
    room.complete()

    answer = ask("GET", path)
    assert (answer.status, answer.json["code"]) == (404, 20404)
    assert answer.json["message"] == f"The requested resource /Rooms/{room.sid} was not found"
    assert ask("GET", f"{path}/").status == 404
    assert ask("GET", f"{path}/Participants").status == 200
    assert ask("POST", path, Status="completed").json["code"] == 53112
    assert len(ask("GET", ROOMS, Status="completed").json["rooms"]) == 1

    fake.clock.advance(seconds=3)
    assert ask("GET", path).json["status"] == "completed"
    assert fault.hits == 2


def test_a_room_that_a_timeout_has_just_ended_lags_as_well(fake, ask):
    sid = fake.rooms.create().sid
    fake.lag(ended_rooms=3)

    fake.clock.advance(minutes=5)
    assert ask("GET", f"{ROOMS}/{sid}").status == 404
    fake.clock.advance(minutes=5)
    assert ask("GET", f"{ROOMS}/{sid}").status == 200


def test_a_webhook_that_fetches_the_ended_room_meets_the_lag(fake, ask):
    """
    So it was met: in the handler of room-ended.
    """
    seen = []

    def handler(callback):
        seen.append((callback.event, ask("GET", f"{ROOMS}/{callback.params['RoomSid']}").status))

    fake.callbacks.deliver_to(handler)
    fake.lag()
    fake.rooms.create(status_callback="http://app.test/").complete()

    assert seen == [("room-created", 200), ("room-ended", 404)]


def test_the_media_of_a_recording_are_not_there_for_a_while(fake, ask):
    fake.lag(media=10)
    room = fake.rooms.create(record_participants_on_connect=True)
    track = room.connect("alice").publish("audio")
    fake.clock.advance(seconds=60)
    track.unpublish()
    recording = fake.recordings[0]
    paths = [
        f"/v1/Recordings/{recording.sid}/Media",
        f"/v1/Rooms/{room.sid}/Recordings/{recording.sid}/Media",
    ]

    assert recording.status == "completed"
    assert [ask("GET", path).json["code"] for path in paths] == [20404] * 2
    assert ask("GET", f"/v1/Recordings/{recording.sid}").status == 200
    fake.clock.advance(seconds=10)
    assert [ask("GET", path).status for path in paths] == [302] * 2


def test_a_lag_of_nothing_is_none(fake, ask):
    fake.lag(ended_rooms=0)
    room = fake.rooms.create()
    room.complete()

    assert ask("GET", f"{ROOMS}/{room.sid}").status == 200


# How much the account may have.


def test_a_room_too_many_is_refused(fake, ask):
    fake.limits(rooms=2)
    rooms = [ask("POST", ROOMS).json for _ in range(2)]

    answer = ask("POST", ROOMS)
    assert (answer.status, answer.json["code"]) == (400, 53119)
    with pytest.raises(RefusedError, match="53119"):
        fake.rooms.create()

    fake.rooms[rooms[0]["sid"]].complete()
    assert ask("POST", ROOMS).status == 201
    fake.limits(rooms=None)
    assert ask("POST", ROOMS).status == 201


def test_a_limit_holds_until_it_is_set_anew(fake, ask):
    fake.limits(rooms=0)
    fake.limits(participants=1)
    fake.limits()
    with pytest.raises(InvalidArgumentError):
        fake.limits(rooms=None, participants=-1)

    assert ask("POST", ROOMS).json["code"] == 53119

    fake.limits(rooms=None)
    room = fake.rooms.create()
    room.connect("alice")
    with pytest.raises(VideoSdkError, match="53206"):
        room.connect("bob")


def test_a_participant_too_many_is_refused_in_whichever_room(fake):
    fake.limits(participants=2)
    one, other = fake.rooms.create(), fake.rooms.create()
    alice = one.connect("alice")
    other.connect("bob")

    with pytest.raises(VideoSdkError, match="53206"):
        other.connect("carol")

    alice.disconnect()
    assert other.connect("carol").status == "connected"
