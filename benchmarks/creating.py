"""The time to create and fetch a room, for each client, compared with stubs.

A stub returns the same prepared document each time; the fake builds a new one.
"""

from __future__ import annotations

import json
import os

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any

import httpx
import requests
import responses
import respx

from table import Row
from timing import Way, compare
from twilio.rest import Client

from pytest_twilio_video import FakeTwilioVideo


ACCOUNT_SID, AUTH_TOKEN = "AC" + "1" * 32, "2" * 32
# As they are for an application under test, whatever answers it.
os.environ |= {
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "TWILIO_API_KEY_SID": "SK" + "3" * 32,
    "TWILIO_API_KEY_SECRET": "4" * 32,
}
URL = "https://video.twilio.com/v1/Rooms"
NUMBERS = count()

Call = Callable[[], object]


def rows() -> Iterator[Row]:
    """Measure each client."""
    yield _row("create a room, `requests`", "`responses`, canned", 1.15, _requests())
    yield _row("create a room, `httpx`", "`respx`, canned", 0.85, _httpx(_respx))
    floor = "`httpx.MockTransport`, the floor"
    yield _row("create a room, `httpx`", floor, 1.6, _httpx(_mock_transport))
    client = Client(ACCOUNT_SID, AUTH_TOKEN)
    yield _row(
        "`client.video.v1.rooms.create`",
        "the same on `responses`, canned",
        1.1,
        _through_requests(lambda: client.video.v1.rooms.create(**_snake(_form()))),
    )
    yield _row(
        "`client.video.v1.rooms(sid).fetch`",
        "the same on `responses`, canned",
        1.0,
        _through_requests(lambda: client.video.v1.rooms(_ROOM["sid"]).fetch()),
    )


def _row(what: str, baseline: str, target: float, ways: tuple[Way, Way]) -> Row:
    comparison = compare(*ways)
    return Row(what, baseline, target, "x", comparison.ratio, comparison.note)


def _form() -> dict[str, Any]:
    """Return the parameters of a room, each time with another name."""
    return {"UniqueName": f"room-{next(NUMBERS)}", "MaxParticipants": 10}


def _snake(form: dict[str, Any]) -> dict[str, Any]:
    return {"unique_name": form["UniqueName"], "max_participants": form["MaxParticipants"]}


@contextmanager
def _faked(call: Call) -> Iterator[Call]:
    with FakeTwilioVideo(seed="benchmark", account_sid=ACCOUNT_SID) as fake:
        # The first room has the SID of the canned one, since the seed is the same.
        fake.rooms.create()
        yield call
        assert all(made.status in {200, 201} for made in fake.calls)
        assert fake.calls


def _canned_room() -> dict[str, Any]:
    with FakeTwilioVideo(seed="benchmark", account_sid=ACCOUNT_SID):
        answer = requests.post(URL, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=5)
    assert answer.status_code == requests.codes.created
    room: dict[str, Any] = answer.json()
    return room


_ROOM = _canned_room()
_BODY = json.dumps(_ROOM)


def _requests() -> tuple[Way, Way]:
    session = requests.Session()
    session.auth = ACCOUNT_SID, AUTH_TOKEN
    return _through_requests(lambda: session.post(URL, data=_form(), timeout=5))


def _through_requests(call: Call) -> tuple[Way, Way]:
    @contextmanager
    def canned() -> Iterator[Call]:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            headers = {"Content-Type": "application/json"}
            mock.add_callback("POST", URL, lambda _request: (201, headers, _BODY))
            mock.add_callback(
                "GET", f"{URL}/{_ROOM['sid']}", lambda _request: (200, headers, _BODY)
            )
            yield call
            assert mock.calls

    return partial(_faked, call), canned


def _httpx(stub: Callable[[], Way]) -> tuple[Way, Way]:
    client = httpx.Client(auth=(ACCOUNT_SID, AUTH_TOKEN))
    return partial(_faked, lambda: client.post(URL, data=_form())), stub()


def _respx() -> Way:
    client = httpx.Client(auth=(ACCOUNT_SID, AUTH_TOKEN))

    @contextmanager
    def canned() -> Iterator[Call]:
        with respx.mock() as router:
            headers = {"Content-Type": "application/json"}
            router.post(URL).mock(return_value=httpx.Response(201, headers=headers, text=_BODY))
            yield lambda: client.post(URL, data=_form())
            assert router.calls

    return canned


def _mock_transport() -> Way:
    headers = {"Content-Type": "application/json"}
    transport = httpx.MockTransport(lambda _: httpx.Response(201, headers=headers, text=_BODY))
    client = httpx.Client(auth=(ACCOUNT_SID, AUTH_TOKEN), transport=transport)

    @contextmanager
    def canned() -> Iterator[Call]:
        yield lambda: client.post(URL, data=_form())

    return canned
