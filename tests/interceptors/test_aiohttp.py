"""Features of aiohttp, and of the official asynchronous client."""

from __future__ import annotations

import asyncio
import contextlib

from unittest import mock

import aiohttp
import pytest

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._http import Response
from pytest_twilio_video._interceptors import Interceptor


URL = "https://video.twilio.com/v1/Rooms"


def with_session(function, **settings):
    async def run():
        async with aiohttp.ClientSession(**settings) as session:
            return await function(session)

    return asyncio.run(run())


def test_a_session_created_earlier_is_intercepted(service):
    async def ask(session):
        with Interceptor(service):
            return (await session.get(URL)).status

    assert with_session(ask) == 201


def test_retries_of_the_official_client_run(interceptor, service, monkeypatch):
    official = pytest.importorskip("twilio.http.async_http_client")
    service.will_fail(503, 500)

    async def no_time(_seconds):
        pass

    async def ask():
        async with official.AsyncTwilioHttpClient(max_retries=3) as client:
            return (await client.request("GET", URL)).status_code

    monkeypatch.setattr("aiohttp_retry.client.asyncio.sleep", no_time)

    assert asyncio.run(ask()) == 201
    assert len(service.requests) == 3


@pytest.mark.skipif(
    not hasattr(aiohttp, "SocketTimeoutError"), reason="aiohttp does so since the version of that"
)
def test_aiohttp_itself_retries_after_a_reset(interceptor, service):
    service.will_disrupt("reset")

    async def ask(session):
        return (await session.get(URL)).status

    assert with_session(ask) == 201


def test_raise_for_status_raises(interceptor, service):
    service.will_fail(404)

    async def ask(session):
        await session.get(URL)

    with pytest.raises(aiohttp.ClientResponseError, match="404"):
        with_session(ask, raise_for_status=True)


def test_a_base_url_is_used(interceptor, service):
    async def ask(session):
        await session.get("/v1/Rooms")

    with_session(ask, base_url="https://video.twilio.com")

    assert service.request.url == URL


def test_a_body_may_be_an_async_generator(interceptor, service):
    async def body():
        yield b"a"
        yield b"b"

    async def ask(session):
        await session.post(URL, data=body(), expect100=True)

    with_session(ask)

    assert service.request.body == b"ab"


def test_a_response_can_be_streamed(interceptor, service):
    service.will = [Response(200, {}, b"frames" * 20_000)]

    async def ask(session):
        async with session.get(URL) as response:
            return b"".join([chunk async for chunk in response.content.iter_chunked(1000)])

    assert with_session(ask) == b"frames" * 20_000


@pytest.mark.filterwarnings("ignore:Inheritance class:DeprecationWarning")
@pytest.mark.parametrize("is_mocked", [False, True])
def test_a_session_subclass_with_its_own_request_method_runs_it(interceptor, service, is_mocked):
    """
    Caches for aiohttp are written in this way.
    """

    class Caching(aiohttp.ClientSession):
        async def _request(self, method, url, **kwargs):
            if "answer" not in vars(self):
                vars(self)["answer"] = await super()._request(method, url, **kwargs)
            return self.answer

    async def ask():
        async with Caching() as session:
            return [(await session.get(URL)).status for _ in range(2)]

    beside = mock.patch.object(aiohttp.ClientSession, "_request")  # as aioresponses does
    with beside if is_mocked else contextlib.nullcontext():
        assert asyncio.run(ask()) == [201, 201]
    assert len(service.requests) == 1


def test_cookies_are_kept_and_sent(interceptor, service):
    service.will = [Response(200, {"Set-Cookie": "session=1; Path=/"})]

    async def ask(session):
        await session.get(URL)
        await session.get(URL)

    with_session(ask)

    assert service.requests[1].headers["cookie"] == "session=1"


def test_connections_to_a_fake_are_not_kept(interceptor, service):
    async def ask(session):
        async with session.get(URL) as response:
            await response.read()
        return dict(session.connector._conns)

    assert with_session(ask) == {}


def test_a_request_that_timed_out_does_not_affect_the_next(interceptor, service):
    async def ask(session):
        with pytest.raises(asyncio.TimeoutError):
            await session.get(URL, timeout=aiohttp.ClientTimeout(total=1e-9))
        return (await session.get(URL)).status

    assert with_session(ask) == 201


READ = getattr(aiohttp, "SocketTimeoutError", aiohttp.ServerTimeoutError)


@pytest.mark.parametrize(
    ("limits", "seconds", "error"),
    [
        ({}, None, READ),
        ({"total": 0}, None, READ),
        ({"total": 5}, 5, asyncio.TimeoutError),
        ({"total": 5, "sock_read": 20}, 5, asyncio.TimeoutError),
        ({"total": 20, "sock_read": 5}, 5, READ),
        ({"sock_read": 5}, 5, READ),
    ],
)
def test_the_timeout_that_is_reached_first_ends_the_wait(
    interceptor, service, limits, seconds, error
):
    service.will_disrupt("timeout")

    async def ask(session):
        await session.get(URL)

    with pytest.raises(error) as raised:
        with_session(ask, timeout=aiohttp.ClientTimeout(**limits))

    assert type(raised.value) is error
    assert service.request.timeout == seconds


def test_a_total_timeout_below_the_latency_ends_the_wait():
    async def ask(session):
        await session.post(URL)

    with FakeTwilioVideo() as fake, fake.latency(10), pytest.raises(asyncio.TimeoutError):
        with_session(ask, timeout=aiohttp.ClientTimeout(total=5, sock_read=20))


def test_requests_to_other_hosts_are_not_intercepted(interceptor):
    async def ask(session):
        await session.get("http://localhost:1/")

    with pytest.raises(aiohttp.ClientConnectorError):
        with_session(ask)


@pytest.mark.parametrize("wrong", ["http://[", "https://video.twilio.com:99999/"])
def test_an_invalid_url_raises_the_error_of_aiohttp_once_it_is_awaited(interceptor, wrong):
    async def ask(session):
        request = session.get(wrong)
        with pytest.raises(aiohttp.InvalidURL):
            await request

    with_session(ask)


def test_asyncio_debug_mode_reports_nothing(interceptor):
    async def ask(session):
        return (await session.get(URL)).status

    async def run():
        async with aiohttp.ClientSession() as session:
            return await ask(session)

    assert asyncio.run(run(), debug=True) == 201
