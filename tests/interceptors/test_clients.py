"""The tests that every client passes."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json

import aiohttp
import httpx
import httpx2
import pytest
import requests
import trio

from pytest_twilio_video import BlockedRequestError, FakeTwilioVideo
from pytest_twilio_video._http import NetworkFailure, Response
from pytest_twilio_video._interceptors import Interceptor


URL = "https://video.twilio.com/v1/Rooms"


def by_requests(method, url, data=None, **kwargs):
    response = requests.request(method, url, data=data, allow_redirects=True, **kwargs)
    return response.status_code, response.text


def by_twilio(method, url, data=None, **kwargs):
    from twilio.http.http_client import TwilioHttpClient

    client = TwilioHttpClient()
    response = client.request(method, url, data=data, allow_redirects=True, **kwargs)
    return response.status_code, response.text


def by_twilio_async(method, url, data=None, **kwargs):
    from twilio.http.async_http_client import AsyncTwilioHttpClient

    async def send():
        async with AsyncTwilioHttpClient() as client:
            response = await client.request(method, url, data=data, allow_redirects=True, **kwargs)
            return response.status_code, response.text

    return asyncio.run(send())


def by_aiohttp(method, url, data=None, **kwargs):
    async def send():
        if "timeout" in kwargs:
            kwargs["timeout"] = aiohttp.ClientTimeout(sock_read=kwargs["timeout"])
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, data=data, **kwargs) as response,
        ):
            return response.status, await response.text()

    return asyncio.run(send())


def sync_by(library):
    def send(method, url, data=None, **kwargs):
        response = library.request(method, url, data=data, follow_redirects=True, **kwargs)
        return response.status_code, response.text

    return send


def async_by(library, run):
    def send(method, url, data=None, **kwargs):
        async def send_async():
            async with library.AsyncClient(follow_redirects=True) as client:
                response = await client.request(method, url, data=data, **kwargs)
                return response.status_code, response.text

        return run(send_async)

    return send


def on_asyncio(function):
    return asyncio.run(function())


CLIENTS = {
    "requests": by_requests,
    "twilio": by_twilio,
    "twilio, async": by_twilio_async,
    "aiohttp": by_aiohttp,
    "httpx": sync_by(httpx),
    "httpx, asyncio": async_by(httpx, on_asyncio),
    "httpx, trio": async_by(httpx, trio.run),
    "httpx2": sync_by(httpx2),
    "httpx2, asyncio": async_by(httpx2, on_asyncio),
    "httpx2, trio": async_by(httpx2, trio.run),
}
DISRUPTIONS = {
    "requests": {
        "timeout": requests.ReadTimeout,
        "connect": requests.ConnectionError,
        "reset": requests.ConnectionError,
    },
    "httpx": {
        "timeout": httpx.ReadTimeout,
        "connect": httpx.ConnectError,
        "reset": httpx.ReadError,
    },
    "httpx2": {
        "timeout": httpx2.ReadTimeout,
        "connect": httpx2.ConnectError,
        "reset": httpx2.ReadError,
    },
    "aiohttp": {
        "timeout": asyncio.TimeoutError,
        "connect": aiohttp.ClientConnectorError,
        "reset": aiohttp.ClientOSError,
    },
    "twilio": {
        "timeout": requests.ReadTimeout,
        "connect": requests.ConnectionError,
        "reset": requests.ConnectionError,
    },
    "twilio, async": {
        "timeout": asyncio.TimeoutError,
        "connect": aiohttp.ClientConnectorError,
        "reset": aiohttp.ClientOSError,
    },
}
LIBRARIES = {"twilio": "requests", "twilio, async": "aiohttp"}


@pytest.fixture(params=CLIENTS)
def client(request):
    if request.param in LIBRARIES:
        # The oldest official clients have no asynchronous variant.
        module = "async_http_client" if "async" in request.param else "http_client"
        pytest.importorskip(f"twilio.http.{module}")
    return request.param


@pytest.fixture
def send(client):
    return CLIENTS[client]


def _library(client):
    return LIBRARIES.get(client, client.partition(",")[0])


def test_the_response_reaches_the_application(interceptor, send):
    status, text = send("POST", URL, {"UniqueName": "Daily Standup"})

    assert status == 201
    assert json.loads(text) == {"method": "POST", "body": "UniqueName=Daily+Standup"}


def test_a_request_arrives_with_its_method_url_headers_and_body(
    interceptor, service, client, send
):
    send("POST", URL + "?PageSize=2#top", {"UniqueName": "ä"})

    request = service.request
    assert request.url == URL + "?PageSize=2"
    assert request.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert all(name == name.lower() for name in request.headers)
    assert request.body == b"UniqueName=%C3%A4"
    assert request.client == _library(client)


def test_the_timeout_of_a_client_is_known_in_seconds(interceptor, service, send):
    send("GET", URL, timeout=3.5)

    assert service.request.timeout == 3.5


def test_credentials_in_a_url_arrive_as_a_header(interceptor, service, send, client):
    if client == "twilio, async":
        pytest.skip("it passes them in a way that aiohttp deprecates, with a warning")

    send("GET", URL.replace("//", "//AC1:secret@"))

    assert service.request.headers["authorization"] == "Basic QUMxOnNlY3JldA=="
    assert "secret" not in service.request.url


def test_a_response_may_be_empty(interceptor, service, send):
    service.will = [Response(204)]

    assert send("DELETE", URL) == (204, "")


def test_a_head_request_gets_no_body(interceptor, send):
    assert send("HEAD", URL) == (201, "")


def test_the_fake_answers_a_head_request_like_get_and_records_its_method(send):
    with FakeTwilioVideo() as fake:
        pair = f"{fake.account_sid}:{fake.auth_token}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        answer = send("HEAD", f"{URL}?Status=completed", headers=headers)

        (call,) = fake.assert_called("HEAD", "/v1/Rooms", status="completed")

    assert answer == (200, "")
    assert (call.method, call.status) == ("HEAD", 200)


def test_a_compressed_response_is_decompressed(interceptor, service, send):
    service.will = [Response(200, {"Content-Encoding": "gzip"}, gzip.compress(b"own"))]

    assert send("GET", URL) == (200, "own")


def test_a_redirect_between_twilios_hosts_is_followed(interceptor, service, send):
    media = "https://com-twilio-us1-video-recording.s3.amazonaws.com/RT1?signature=x"
    service.will = [Response(302, {"Location": media}), Response(200, {}, b"media")]

    assert send("GET", URL) == (200, "media")
    assert [request.url for request in service.requests] == [URL, media]


@pytest.mark.parametrize("kind", ["timeout", "connect", "reset"])
def test_a_network_failure_raises_the_clients_own_exception(
    interceptor, service, client, send, kind
):
    # Two failures, because aiohttp itself repeats a GET after a reset.
    service.will_disrupt(kind, kind)

    with pytest.raises(DISRUPTIONS[_library(client)][kind]):
        send("GET", URL)


def test_an_exception_of_the_handler_is_raised_unchanged(interceptor, service, send):
    service.will = [ZeroDivisionError("a mistake")]

    with pytest.raises(ZeroDivisionError, match="a mistake"):
        send("GET", URL)


@pytest.mark.parametrize(
    "host",
    [
        "VIDEO.twilio.com",
        "video.ie1.twilio.com",
        "video.dublin.ie1.twilio.com",
        "video.twilio.com:8443",
        "com-twilio-us1-video-composition.s3.amazonaws.com",
    ],
)
def test_all_hosts_of_the_service_are_intercepted(interceptor, service, send, host):
    send("GET", f"https://{host}/v1/Rooms")

    assert service.request.url.lower() == f"https://{host}/v1/Rooms".lower()


def test_plain_http_is_blocked_and_the_error_says_why(interceptor, service, send):
    with pytest.raises(
        BlockedRequestError, match=r"Use https://video\.twilio\.com instead of http"
    ):
        send("GET", "http://video.twilio.com/v1/Rooms")

    assert service.requests == []


def test_the_innermost_fake_answers(interceptor, service, send):
    def other(_request):
        return Response(200, {}, b"other")

    with Interceptor(other):
        assert send("GET", URL) == (200, "other")

    assert service.requests == []


def test_a_network_failure_says_that_the_test_injected_it(interceptor, service, send):
    service.will_disrupt("timeout", "timeout")

    with pytest.raises(Exception) as raised:  # noqa: PT011 -- of which type is the test above
        send("GET", URL)

    causes = []
    cause = raised.value
    while cause is not None:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    assert any(isinstance(cause, NetworkFailure) for cause in causes)
