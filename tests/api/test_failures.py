"""Failures: the response of a failed call, and its effect on the account."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import PurePosixPath

import pytest

from pytest_twilio_video import InvalidArgumentError, TwilioVideoError
from pytest_twilio_video._engine.refusals import ERROR_CODES
from pytest_twilio_video._http import NetworkFailure, Request


ROOMS = "/v1/Rooms"


def statuses(fake):
    return [call.status for call in fake.calls]


def test_by_default_the_next_call_gets_service_unavailable(fake, ask):
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


def test_a_401_has_the_detail_of_wrong_credentials(fake, ask):
    fake.fail(status=401)

    assert ask("GET", ROOMS).json["detail"] == "Your AccountSid or AuthToken was incorrect."


@pytest.mark.parametrize("code", ERROR_CODES)
def test_a_code_determines_the_message_and_the_status(fake, ask, code):
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
def test_a_status_alone_determines_the_code(fake, ask, status, code, message):
    fake.fail(status=status)

    answer = ask("GET", ROOMS)

    assert (answer.status, answer.json["code"], answer.json["message"]) == (status, code, message)


def test_given_arguments_override_derived_ones(fake, ask):
    fake.fail(code=53113, status=409, message="It is there", retry_after=7)

    answer = ask("POST", ROOMS)

    assert (answer.status, answer.json["code"], answer.json["message"]) == (
        409,
        53113,
        "It is there",
    )
    assert answer.headers["Retry-After"] == "7"


@pytest.mark.parametrize("given", [{"code": 20404}, {"status": 404}])
def test_a_message_can_be_given_for_not_found(fake, ask, given):
    fake.fail(message="Gone", **given)

    assert ask("GET", ROOMS).json["message"] == "Gone"


@pytest.mark.parametrize("given", [{}, {"code": 53113}, {"status": 404}, {"status": 599}])
def test_a_message_may_be_empty(fake, ask, given):
    fake.fail(message="", **given)

    assert ask("GET", ROOMS).json["message"] == ""


def test_an_unknown_code_can_be_used_with_a_message(fake, ask):
    fake.fail(code=99999, message="Something new", status=418)

    assert ask("GET", ROOMS).json["code"] == 99999


def test_a_fault_applies_before_credentials_are_checked(fake):
    fake.fail()

    assert fake._handle(Request("GET", "https://video.twilio.com/v1/Nothing")).status == 503


@pytest.mark.parametrize("how", [{}, {"code": 53113}, {"error": "reset"}, {"error": "connect"}])
def test_a_failed_call_does_not_change_the_account(fake, ask, how):
    fake.fail(**how)

    with pytest.raises(NetworkFailure) if "error" in how else nullcontext():
        ask("POST", ROOMS, UniqueName="DailyStandup")

    assert len(fake.rooms) == 0
    assert fake.events == []
    assert ask("POST", ROOMS, UniqueName="DailyStandup").status == 201


@pytest.mark.in_process
@pytest.mark.parametrize("how", [{}, {"error": "timeout"}, {"error": "reset"}])
def test_a_call_whose_response_is_lost_takes_effect(fake, ask, how):
    fake.fail(when="after", **how)

    with pytest.raises(NetworkFailure) if "error" in how else nullcontext():
        assert ask("POST", ROOMS, UniqueName="DailyStandup").status == 503

    assert [room.unique_name for room in fake.rooms] == ["DailyStandup"]
    assert ask("POST", ROOMS, UniqueName="DailyStandup").json["code"] == 53113


@pytest.mark.in_process
def test_failed_calls_are_listed_in_calls(fake, ask):
    fake.fail(status=429)
    fake.fail(error="timeout")

    ask("POST", ROOMS, UniqueName="DailyStandup")
    with pytest.raises(NetworkFailure):
        ask("POST", ROOMS, UniqueName="DailyStandup")

    refused, lost = fake.assert_called("POST", ROOMS, unique_name="DailyStandup")
    assert (refused.status, lost.status) == (429, None)
    assert repr(refused) == "<Call POST /v1/Rooms 429 by a test>"
    assert repr(lost) == "<Call POST /v1/Rooms without an answer by a test>"


@pytest.mark.in_process
@pytest.mark.parametrize("kind", ["timeout", "connect", "reset"])
def test_a_connection_fails_in_the_given_way(fake, ask, kind):
    fake.fail(error=kind)

    with pytest.raises(NetworkFailure, match=kind) as caught:
        ask("GET", ROOMS)

    assert caught.value.kind == kind
    assert ask("GET", ROOMS).status == 200


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"method": "FETCH"}, r"method is 'FETCH', but must be one of: GET, POST"),
        ({"method": 503}, r"method is 503"),
        ({"path": "Rooms"}, r"path is 'Rooms', but must begin with /v1"),
        ({"path": PurePosixPath("/v1/Rooms")}, r"path is PurePosixPath\('/v1/Rooms'\), but must"),
        ({"path": b"/v1/Rooms"}, r"path is b'/v1/Rooms', but must be text"),
        ({"path": "https://app.example/v1/Rooms"}, r"only requests to Twilio Video are interc"),
        ({"path": "https://video.twilio.com/v1/Room"}, r"Did you mean '/v1/Rooms'\?"),
        ({"path": "http://video.twilio.com/v1/Rooms"}, r"must begin with /v1"),
        ({"path": "/Rooms"}, r"must begin with /v1"),
        ({"path": f"{ROOMS}?Status=completed"}, r"must not contain the query"),
        (
            {"path": f"{ROOMS}/*#top"},
            r"remove \? or # and everything after it\. In a name, write them as %3F and",
        ),
        ({"path": "/v1/Room"}, r"has no such path\. Did you mean '/v1/Rooms'\? .* write a \* in"),
        ({"path": "/v1/rooms"}, r"Did you mean '/v1/Rooms'\?"),
        ({"path": f"/v1/rooms/RM{'0' * 32}/"}, rf"Did you mean '/v1/Rooms/RM{'0' * 32}'\?"),
        ({"path": "/v1/Room/a-b/Participant"}, r"Did you mean '/v1/Rooms/a-b/Participants'\?"),
        ({"path": "/v1/Tokens"}, r"no such path\. To match calls of a wrong path"),
        ({"message": 5}, r"message is 5, but must be text"),
        ({"code": 53113, "message": ["Gone"]}, r"message is \['Gone'\], but must be text"),
        ({"status": 200}, r"status is 200, but must be a whole number, from 400 to 599"),
        ({"status": 600}, r"status is 600"),
        ({"status": "503"}, r"status is '503'"),
        ({"code": 5311}, r"code is 5311, whose message is not known here"),
        ({"code": "53113"}, r"code is '53113', but must be a whole number, 1 or more"),
        ({"times": 0}, r"times is 0, but must be a whole number, 1 or more"),
        ({"times": True}, r"times is True"),
        ({"times": 1.5}, r"times is 1.5"),
        ({"after": -1}, r"after is -1, but must be a whole number, 0 or more"),
        ({"retry_after": -1}, r"retry_after is -1"),
        ({"retry_after": 1.5}, r"retry_after is 1.5"),
        ({"error": "broken"}, r"error is 'broken', but must be one of: 'timeout', 'connect', 're"),
        ({"error": "reset", "code": 53113}, r"error is .reset., .* no response with code"),
        (
            {"error": "reset", "status": 503, "retry_after": 1},
            r"no response with status and retry_after",
        ),
        ({"when": "during"}, r"when is 'during', but must be one of: 'before', 'after'"),
        ({"error": "connect", "when": "after"}, r"no request arrives, and the call cannot"),
    ],
)
def test_invalid_arguments_of_fail_are_refused_at_once(fake, ask, order, words):
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
def test_invalid_arguments_of_other_faults_are_refused_at_once(fake, order):
    with pytest.raises(InvalidArgumentError, match=r" is .*, but must be "):
        order(fake)
