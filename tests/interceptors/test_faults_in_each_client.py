"""Every fault in every client: which exception the application gets, and its attributes."""

from __future__ import annotations

import asyncio

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import aiohttp
import httpx
import httpx2
import pytest
import requests

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from pytest_twilio_video import FakeTwilioVideo


try:
    from twilio.http import async_http_client
except ImportError:  # The official client has it from version 7 on.
    async_http_client = None


URL = "https://video.twilio.com/v1/Rooms"
AUTH = ("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a secret")

# The official asynchronous client still uses it.
pytestmark = [
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'auth' parameter is deprecated:DeprecationWarning"),
]


@pytest.fixture(name="fake")
def _fake():
    with FakeTwilioVideo(start="2031-05-17T12:00:00Z") as fake:
        yield fake


# Each client creates a room like its users: every status other than success is an exception.


def by_requests(timeout=None):
    response = requests.post(URL, {"UniqueName": "DailyStandup"}, auth=AUTH, timeout=timeout)
    response.raise_for_status()


def by_httpx(library):
    def create(timeout=None):
        data = {"UniqueName": "DailyStandup"}
        library.post(URL, data=data, auth=AUTH, timeout=timeout).raise_for_status()

    return create


def by_async_httpx(library):
    async def create(timeout):
        async with library.AsyncClient(auth=AUTH, timeout=timeout) as client:
            response = await client.post(URL, data={"UniqueName": "DailyStandup"})
            response.raise_for_status()

    return lambda timeout=None: asyncio.run(create(timeout))


def by_aiohttp(timeout=None):
    async def create():
        headers = {"Authorization": requests.auth._basic_auth_str(*AUTH)}
        limit = aiohttp.ClientTimeout(timeout or 300)
        async with (
            aiohttp.ClientSession(headers=headers, timeout=limit) as session,
            session.post(URL, data={"UniqueName": "DailyStandup"}) as response,
        ):
            response.raise_for_status()

    asyncio.run(create())


def by_twilio(timeout=None):
    client = Client(*AUTH, http_client=TwilioHttpClient(timeout=timeout))
    client.video.v1.rooms.create(unique_name="DailyStandup")


def by_async_twilio(timeout=None):
    async def create():
        async with async_http_client.AsyncTwilioHttpClient(timeout=timeout) as http_client:
            client = Client(*AUTH, http_client=http_client)
            await client.video.v1.rooms.create_async(unique_name="DailyStandup")

    asyncio.run(create())


class Users(NamedTuple):
    """A client, and the exceptions that its users write after ``except``."""

    create: Callable[..., None]
    refused: type[Exception]
    says: Callable[[Any], tuple[Any, ...]]
    """What its users read from an exception: the status, and other attributes if there are any."""
    timeout: type[Exception]
    connect: type[Exception]
    reset: type[Exception]


def of_response(error):
    body = error.response.json()
    return (
        error.response.status_code,
        body["code"],
        body["message"],
        error.response.headers.get("Retry-After"),
    )


def of_aiohttp(error):
    return error.status, None, None, error.headers.get("Retry-After")


def of_twilio(error):
    assert (error.method, error.uri) == ("POST", "/Rooms")
    return error.status, error.code, error.msg.removeprefix("Unable to create record: "), None


def httpx_errors(library):
    return (
        library.HTTPStatusError,
        of_response,
        library.ReadTimeout,
        library.ConnectError,
        library.ReadError,
    )


REQUESTS = (
    requests.exceptions.ReadTimeout,
    requests.exceptions.ConnectionError,
    requests.exceptions.ConnectionError,
)
# By default, a session has only a total timeout, for which aiohttp has no exception of its own.
AIOHTTP = (asyncio.TimeoutError, aiohttp.ClientConnectorError, aiohttp.ClientOSError)
# The official client sets no timeout, so here the network gives up.
ASYNC_TWILIO = (
    getattr(aiohttp, "SocketTimeoutError", aiohttp.ServerTimeoutError),
    aiohttp.ClientConnectorError,
    aiohttp.ClientOSError,
)

CLIENTS = {
    "requests": Users(by_requests, requests.HTTPError, of_response, *REQUESTS),
    "httpx": Users(by_httpx(httpx), *httpx_errors(httpx)),
    "httpx, async": Users(by_async_httpx(httpx), *httpx_errors(httpx)),
    "httpx2": Users(by_httpx(httpx2), *httpx_errors(httpx2)),
    "httpx2, async": Users(by_async_httpx(httpx2), *httpx_errors(httpx2)),
    "aiohttp": Users(by_aiohttp, aiohttp.ClientResponseError, of_aiohttp, *AIOHTTP),
    "twilio": Users(by_twilio, TwilioRestException, of_twilio, *REQUESTS),
    "twilio, async": Users(by_async_twilio, TwilioRestException, of_twilio, *ASYNC_TWILIO),
}

REFUSALS = [
    ({}, (503, 20503, "Service is unavailable. Please try again", None)),
    ({"status": 429, "retry_after": 3}, (429, 20429, "Too Many Requests", "3")),
    ({"status": 500}, (500, 20500, "Internal Server Error", None)),
    ({"code": 53113}, (400, 53113, "Room exists", None)),
    ({"code": 20003}, (401, 20003, "Authenticate", None)),
    ({"code": 20404, "message": "Away"}, (404, 20404, "Away", None)),
]

if async_http_client is None:
    del CLIENTS["twilio, async"]

each_client = pytest.mark.parametrize("users", CLIENTS.values(), ids=CLIENTS)


@each_client
@pytest.mark.parametrize(("order", "said"), REFUSALS)
def test_an_error_response_raises_the_clients_own_exception(fake, users, order, said):
    fake.fail("POST", "/v1/Rooms", **order)

    with pytest.raises(users.refused) as caught:
        users.create()

    seen = users.says(caught.value)
    told = [each for each in zip(seen, said, strict=True) if each[0] is not None]
    assert all(here == there for here, there in told)
    assert seen[0] is not None
    assert [call.status for call in fake.calls] == [said[0]]
    assert len(fake.rooms) == 0
    users.create()
    assert len(fake.rooms) == 1


@each_client
@pytest.mark.parametrize("kind", ["timeout", "connect", "reset"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_failed_connection_raises_the_clients_own_exception(fake, users, kind, when):
    if (kind, when) == ("connect", "after"):
        pytest.skip("without a connection, the request does not arrive")
    fault = fake.fail(error=kind, when=when)

    with pytest.raises(getattr(users, kind)) as caught:
        users.create()

    # It is exactly this exception, and not one of the other two.
    wanted = getattr(users, kind)
    others = [users.timeout, users.connect, users.reset]
    assert not any(isinstance(caught.value, each) > issubclass(wanted, each) for each in others)
    if kind == "timeout":  # aiohttp has several, depending on the timeout that was reached
        assert type(caught.value) is wanted
    assert str(caught.value) or isinstance(caught.value, asyncio.TimeoutError)
    assert (fault.hits, [call.status for call in fake.calls]) == (1, [None])
    assert len(fake.rooms) == (when == "after")


@each_client
def test_a_timeout_below_the_latency_raises_the_clients_own_exception(fake, users):
    if users.create is by_async_twilio:
        pytest.skip("it does not hand on the timeout that it was given, so it waits for ever")
    start = fake.clock.now
    fake.latency(5)

    with pytest.raises(users.timeout):
        users.create(timeout=2)
    assert fake.clock.now - start == timedelta(seconds=2)
    assert len(fake.rooms) == 0

    users.create(timeout=8)
    assert fake.clock.now - start == timedelta(seconds=7)
    assert len(fake.rooms) == 1


@each_client
def test_a_throttled_call_shows_retry_after(fake, users):
    fake.throttle(writes_per_second=1)
    fake.rooms.create()
    users.create()

    with pytest.raises(users.refused) as caught:
        users.create()

    status, _, _, retry_after = users.says(caught.value)
    assert (status, retry_after or "1") == (429, "1")


@each_client
def test_a_call_above_the_quota_raises_the_clients_own_exception(fake, users):
    fake.limits(rooms=0)

    with pytest.raises(users.refused) as caught:
        users.create()

    assert users.says(caught.value)[:2] in {(400, 53119), (400, None)}


# Other attributes of exceptions.


def test_an_exception_of_requests_has_the_request(fake):
    for kind in ("timeout", "connect", "reset"):
        fake.fail(error=kind)
        with pytest.raises(requests.RequestException) as caught:
            by_requests(timeout=1)
        assert caught.value.request.url == URL


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_an_exception_of_httpx_has_the_request(fake, library):
    for kind in ("timeout", "connect", "reset"):
        fake.fail(error=kind)
        with pytest.raises(library.TransportError) as caught:
            by_httpx(library)()
        assert str(caught.value.request.url) == URL


def test_an_exception_of_aiohttp_has_the_host_and_the_port(fake):
    fake.fail(error="connect")
    with pytest.raises(aiohttp.ClientConnectorError) as caught:
        by_aiohttp()
    assert (caught.value.host, caught.value.port) == ("video.twilio.com", 443)
    assert isinstance(caught.value.os_error, ConnectionRefusedError)

    fake.fail(error="timeout")
    with pytest.raises(asyncio.TimeoutError):
        by_aiohttp()


def test_a_failed_list_raises_the_official_clients_own_exception(fake):
    """
    Lists raise another exception than other calls, without a code.
    """
    from twilio.base.exceptions import TwilioException

    fake.fail("GET", "/v1/Rooms", code=20429)

    with pytest.raises(TwilioException, match="Unable to fetch page") as caught:
        Client(*AUTH).video.v1.rooms.list()

    assert not isinstance(caught.value, TwilioRestException)
