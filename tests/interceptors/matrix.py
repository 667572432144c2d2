"""Every kind of client beside every other mocking library, entered in every order.

``python tests/interceptors/matrix.py`` prints one table for the installed
versions. Each cell runs in its own process, forked after all imports, because
the first use of a fake in a process is one of the orders.

A call is served if the fake answers it. The guard must block the clients that
the fake does not intercept (BLOCKED). A companion, which is another mocking
library, is whole if it still answers its own mocked host before, during and
after the use of the fake, and if its own checks (all requests fired, nothing
unexpected, nothing recorded) still pass. No name of Twilio Video may be looked
up.
"""

# ruff: noqa: BLE001, T201 -- whatever goes wrong is a finding; and findings are printed.

from __future__ import annotations

import argparse
import asyncio
import contextlib
import inspect
import json
import multiprocessing
import os
import platform
import socket
import sys
import tempfile
import threading
import warnings

from datetime import datetime, timezone
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import boto3
import certifi
import freezegun
import httpx
import httpx2
import mocket
import mocket.plugins.httpretty
import moto
import pook
import pytest
import pytest_httpx
import pytest_socket
import requests
import requests_mock
import responses
import respx
import time_machine
import trio
import twilio.rest
import urllib3
import vcr

from aioresponses import aioresponses

from pytest_twilio_video import _hosts as hosts
from pytest_twilio_video._http import Response
from pytest_twilio_video._interceptors import Interceptor
from pytest_twilio_video._interceptors.guard import Guard
from pytest_twilio_video.errors import BlockedRequestError


URL = "https://video.twilio.com/v1/Rooms/DailyStandup"
OWN = "http://payments.example/charges"
ORDERS = ("fake first", "companion first", "first use inside")

# Otherwise each fork would import what clients import at their first call.
for _module in ("anyio._backends._asyncio", "httpcore", "httpcore2", "twilio.rest.video.v1"):
    import_module(_module)


# The kinds of client. Each function runs before anything is entered, for clients that are created
# "before". It returns a function that makes the call, and returns the text of the answer.


def requests_get():
    return lambda: requests.get(URL, timeout=5).text


def requests_prepared():
    return lambda: requests.Session().send(requests.Request("GET", URL).prepare()).text


def requests_stream():
    def call():
        with requests.get(URL, stream=True, timeout=5) as response:
            return b"".join(response.iter_content(3)).decode()

    return call


def requests_in_a_thread():
    def call():
        found = []
        thread = threading.Thread(target=lambda: found.append(requests.get(URL, timeout=5).text))
        thread.start()
        thread.join()
        return found[0]

    return call


def requests_session_made_before():
    session = requests.Session()
    return lambda: session.get(URL).text


def requests_retry_adapter():
    session = requests.Session()
    retry = urllib3.Retry(3, status_forcelist=[503])
    session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retry))
    return lambda: session.get(URL).text


class OwnAdapter(requests.adapters.HTTPAdapter):
    def send(self, request, **kwargs):
        request.headers["X-Own"] = "adapter"
        return super().send(request, **kwargs)


def requests_adapter_subclass():
    session = requests.Session()
    session.mount("https://", OwnAdapter())
    return lambda: session.get(URL).text


def requests_adapter_without_session():
    prepared = requests.Request("GET", URL).prepare()
    return lambda: requests.adapters.HTTPAdapter().send(prepared).text


def requests_adapter_subclass_without_session():
    prepared = requests.Request("GET", URL).prepare()
    return lambda: OwnAdapter().send(prepared).text


def requests_proxy():
    return lambda: (
        requests.get(URL, proxies={"https": "http://proxy.example:3128"}, timeout=5).text
    )


def _twilio_client(**kwargs):
    return twilio.rest.Client("AC" + "0" * 32, "token", **kwargs)


def twilio_client():
    return lambda: _twilio_client().video.v1.rooms("DailyStandup").fetch().unique_name


def twilio_client_made_before():
    client = _twilio_client()
    return lambda: client.video.v1.rooms("DailyStandup").fetch().unique_name


class Wrapping:
    def __init__(self, inner):
        self.inner = inner


def kinds_of_httpx(library):  # noqa: C901 -- a list of small things
    class Wrapper(Wrapping, library.BaseTransport):
        def handle_request(self, request):
            return self.inner.handle_request(request)

    class AsyncWrapper(Wrapping, library.AsyncBaseTransport):
        async def handle_async_request(self, request):
            return await self.inner.handle_async_request(request)

    class RoundRobin(library.BaseTransport):
        inner = ()

        def handle_request(self, request):
            return self.inner[0].handle_request(request)

    class Duck:
        __slots__ = ("inner",)

        def __init__(self):
            self.inner = library.HTTPTransport()

        def handle_request(self, request):
            return self.inner.handle_request(request)

    class OnTheFly(library.BaseTransport):
        def handle_request(self, request):
            return library.HTTPTransport().handle_request(request)

    class AsyncOnTheFly(library.AsyncBaseTransport):
        async def handle_async_request(self, request):
            return await library.AsyncHTTPTransport().handle_async_request(request)

    class OwnTransport(library.HTTPTransport):
        def handle_request(self, request):
            return super().handle_request(request)

    class OwnAsyncTransport(library.AsyncHTTPTransport):
        async def handle_async_request(self, request):
            return await super().handle_async_request(request)

    def client(**make):
        def sync():
            def call():
                with library.Client(**{name: f() for name, f in make.items()}) as client:
                    return client.get(URL).text

            return call

        return sync

    def made_before():
        client = library.Client()
        return lambda: client.get(URL).text

    def stream():
        def call():
            with library.stream("GET", URL) as response:
                return b"".join(response.iter_bytes(3)).decode()

        return call

    def async_client(run=asyncio.run, **make):
        def sync():
            async def call():
                async with library.AsyncClient(**{n: f() for n, f in make.items()}) as client:
                    return (await client.get(URL)).text

            return lambda: run(call)

        return sync

    def on_asyncio(call):
        return asyncio.run(call())

    def round_robin():
        transport = RoundRobin()
        transport.inner = [plain(), plain()]
        return transport

    def without_a_client():
        request = library.Request("GET", URL)
        return lambda: plain().handle_request(request).read().decode()

    def proxy():
        return "http://proxy.example:3128"

    true, a, plain = (lambda: True), library.AsyncHTTPTransport, library.HTTPTransport
    kinds = {
        "get": lambda: lambda: library.get(URL).text,
        "stream": stream,
        "client made before": made_before,
        "HTTP/2": client(http2=true),
        "proxy": client(proxy=proxy),
        "wrapping transport": client(transport=lambda: Wrapper(plain())),
        "wrapped twice": client(transport=lambda: Wrapper(Wrapper(OwnTransport()))),
        "wrapping in a list": client(transport=round_robin),
        "wrapping by a duck": client(transport=lambda: Wrapper(Duck())),
        "transport on the fly": client(transport=OnTheFly),
        "transport without a client": without_a_client,
        "transport subclass": client(transport=OwnTransport),
        "mounts": client(mounts=lambda: {"https://video.twilio.com": plain()}),
        "async": async_client(on_asyncio),
        "async HTTP/2": async_client(on_asyncio, http2=true),
        "async wrapping": async_client(on_asyncio, transport=lambda: AsyncWrapper(a())),
        "async transport on the fly": async_client(on_asyncio, transport=AsyncOnTheFly),
        "async transport subclass": async_client(on_asyncio, transport=OwnAsyncTransport),
        "trio": async_client(trio.run),
        "trio wrapping": async_client(trio.run, transport=lambda: AsyncWrapper(a())),
    }
    return {f"{library.__name__} {name}": kind for name, kind in kinds.items()}


def aiohttp_session():
    async def call():
        async with aiohttp.ClientSession() as session, session.get(URL) as response:
            return await response.text()

    return lambda: asyncio.run(call())


def aiohttp_request():
    async def call():
        async with aiohttp.request("GET", URL) as response:
            return await response.text()

    return lambda: asyncio.run(call())


def twilio_async_client():
    official = import_module("twilio.http.async_http_client")

    async def call():
        async with official.AsyncTwilioHttpClient() as http_client:
            client = _twilio_client(http_client=http_client)
            return (await client.video.v1.rooms("DailyStandup").fetch_async()).unique_name

    return lambda: asyncio.run(call())


def on_uvloop(kind):
    import uvloop

    def run(coroutine):
        with contextlib.closing(uvloop.new_event_loop()) as loop:
            return loop.run_until_complete(coroutine)

    def made():
        call = kind()

        def call_on_uvloop():
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(asyncio, "run", run)
                return call()

        return call_on_uvloop

    return made


def aiohttp_with_aiodns():
    async def call():
        connector = aiohttp.TCPConnector(resolver=aiohttp.AsyncResolver())
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get(URL) as response,
        ):
            return await response.text()

    return lambda: asyncio.run(call())


KINDS = (
    {
        kind.__name__.replace("_", " "): kind
        for kind in (
            requests_get,
            requests_prepared,
            requests_stream,
            requests_in_a_thread,
            requests_session_made_before,
            requests_retry_adapter,
            requests_adapter_subclass,
            requests_adapter_without_session,
            requests_adapter_subclass_without_session,
            requests_proxy,
            twilio_client,
            twilio_client_made_before,
            aiohttp_session,
            aiohttp_request,
            twilio_async_client,
        )
    }
    | kinds_of_httpx(httpx)
    | kinds_of_httpx(httpx2)
)
LEFT_OUT = {}
"""What cannot be tried with the versions that are installed, and why not."""
if find_spec("twilio.http.async_http_client") is None:
    del KINDS["twilio async client"]
    LEFT_OUT["twilio async client"] = "the official client has it from 8.0 on"

if find_spec("uvloop"):
    KINDS["aiohttp on uvloop"] = on_uvloop(aiohttp_session)
    KINDS["httpx on uvloop"] = on_uvloop(KINDS["httpx async"])
    KINDS["httpx2 on uvloop"] = on_uvloop(KINDS["httpx2 async"])
else:
    LEFT_OUT["uvloop"] = "it is not installed"
if find_spec("aiodns"):
    KINDS["aiohttp with aiodns"] = aiohttp_with_aiodns
else:
    LEFT_OUT["aiodns"] = "it is not installed"


# What the fake does not intercept.


def pycurl_perform():
    import pycurl

    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, URL)
    curl.perform()


def curl_cffi_get():
    from curl_cffi import requests as by_curl

    by_curl.get(URL)


def curl_cffi_async():
    from curl_cffi import requests as by_curl

    async def call():
        async with by_curl.AsyncSession() as session:
            await session.get(URL)

    asyncio.run(call())


def niquests_get():
    import niquests

    niquests.get(URL, timeout=5)


def uvloop_connection():
    import uvloop

    async def call():
        await asyncio.get_running_loop().create_connection(
            asyncio.Protocol, "video.twilio.com", 80
        )

    uvloop.run(call())


BLOCKED = {
    kind.__name__.replace("_", " "): kind
    for library, *kinds in (
        ("curl_cffi", curl_cffi_get, curl_cffi_async),
        ("niquests", niquests_get),
        ("pycurl", pycurl_perform),
        ("uvloop", uvloop_connection),
    )
    if find_spec(library)
    for kind in kinds
}
BLOCKING = ("mocket", "pook", "pytest-socket", "vcrpy, none")
"""Companions that block unknown requests themselves, including requests of niquests."""


# The companions. Each yields a function that calls its own mocked host and returns the text of
# the mocked answer, "own". At the end, each companion runs its own checks.


def by_requests():
    return requests.get(OWN, timeout=5).text


def by_httpx():
    return httpx.get(OWN).text


def by_httpx2():
    return httpx2.get(OWN).text


def by_aiohttp():
    async def call():
        async with aiohttp.ClientSession() as session, session.get(OWN) as response:
            return await response.text()

    return asyncio.run(call())


def all_own(*calls):
    def call():
        found = {call() for call in calls}
        return found.pop() if len(found) == 1 else str(found)

    return call


@contextlib.contextmanager
def nobody():
    yield lambda: "own"


@contextlib.contextmanager
def with_responses():
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        mock.get(OWN, body="own")
        yield by_requests
        assert all(call.request.url == OWN for call in mock.calls)


@contextlib.contextmanager
def with_responses_global():
    responses.start()
    try:
        responses.get(OWN, body="own")
        yield by_requests
        assert all(call.request.url == OWN for call in responses.calls)
    finally:
        responses.stop()
        responses.reset()


@contextlib.contextmanager
def with_requests_mock():
    with requests_mock.Mocker() as mock:
        mock.get(OWN, text="own")
        yield by_requests
        assert all(request.url == OWN for request in mock.request_history)


@contextlib.contextmanager
def with_requests_mock_on_a_session():
    session = requests.Session()
    with requests_mock.Mocker(session=session) as mock:
        mock.get(OWN, text="own")
        yield lambda: session.get(OWN).text
        assert all(request.url == OWN for request in mock.request_history)


def with_respx(**settings):
    @contextlib.contextmanager
    def companion():
        with respx.mock(**settings) as router:
            router.get(OWN).respond(text="own")
            yield by_httpx
            assert all(str(call.request.url) == OWN for call in router.calls)

    return companion


@contextlib.contextmanager
def with_pytest_httpx():
    # Its settings are in a marker, which the fixture reads; before 0.32 they were fixtures.
    marker = SimpleNamespace(kwargs={"can_send_already_matched_responses": True})
    request = SimpleNamespace(node=SimpleNamespace(iter_markers=lambda _name: [marker]))
    settings = {"assert_all_responses_were_requested": True, "non_mocked_hosts": []}
    fixture = inspect.unwrap(pytest_httpx.httpx_mock)
    with pytest.MonkeyPatch.context() as monkeypatch:
        fixtures = {"monkeypatch": monkeypatch, "request": request, **settings}
        steps = fixture(**{name: fixtures[name] for name in inspect.signature(fixture).parameters})
        mock = next(steps)
        mock.add_response(url=OWN, text="own")
        yield by_httpx
        assert all(str(request.url) == OWN for request in mock.get_requests())
        with contextlib.suppress(StopIteration):
            next(steps)


CASSETTE = {
    "interactions": [
        {
            "request": {"body": "", "headers": {}, "method": "GET", "uri": OWN},
            "response": {
                "body": {"string": "own"},
                "headers": {},
                "status": {"code": 200, "message": "OK"},
            },
        }
    ],
    "version": 1,
}


def with_vcr(mode):
    @contextlib.contextmanager
    def companion():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cassette.json"
            path.write_text(json.dumps(CASSETTE))
            recorder = vcr.VCR(serializer="json", record_mode=mode)
            own = all_own(by_requests, by_httpx, by_httpx2, by_aiohttp)
            with recorder.use_cassette(str(path), allow_playback_repeats=True) as cassette:
                yield own
                assert [request.uri for request in cassette.requests] == [OWN]
            assert json.loads(path.read_text()) == CASSETTE

    return companion


@contextlib.contextmanager
def with_pook():
    with pook.use():
        pook.get(OWN).times(1000).reply(200).body("own")
        yield all_own(by_requests, by_httpx)
        assert not pook.unmatched_requests()


@contextlib.contextmanager
def with_mocket():
    with mocket.Mocketizer(strict_mode=True):
        mocket.plugins.httpretty.register_uri(mocket.plugins.httpretty.GET, OWN, body="own")
        yield all_own(by_requests, by_httpx)
        assert all("twilio" not in str(request) for request in mocket.Mocket.request_list())


@contextlib.contextmanager
def with_moto():
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    with moto.mock_aws():
        client = boto3.client("s3", **keys)  # This takes longer than everything else in a cell.
        client.create_bucket(Bucket="own")
        yield lambda: client.list_buckets()["Buckets"][0]["Name"]


@contextlib.contextmanager
def with_aioresponses():
    with aioresponses() as mock:
        mock.get(OWN, body="own", repeat=True)
        yield by_aiohttp
        assert all(str(url) == OWN for _method, url in mock.requests)


@contextlib.contextmanager
def with_pytest_socket():
    pytest_socket.disable_socket(allow_unix_socket=True)  # Event loops have a pair of them.

    def own():
        try:
            socket.socket()
        except pytest_socket.SocketBlockedError:
            return "own"
        return "a socket"

    try:
        yield own
    finally:
        pytest_socket.enable_socket()


def _frozen():
    return "own" if datetime.now(timezone.utc).year == 2031 else "the real time"


@contextlib.contextmanager
def with_freezegun():
    with freezegun.freeze_time("2031-01-01"):
        yield _frozen


@contextlib.contextmanager
def with_time_machine():
    with time_machine.travel("2031-01-01T00:00:00Z"):
        yield _frozen


COMPANIONS = {
    "none": nobody,
    "responses": with_responses,
    "responses, global": with_responses_global,
    "requests-mock": with_requests_mock,
    "requests-mock, session": with_requests_mock_on_a_session,
    "respx": with_respx(),
    "respx, using httpx": with_respx(using="httpx"),
    "respx, not all mocked": with_respx(assert_all_mocked=False),
    "pytest-httpx": with_pytest_httpx,
    "vcrpy, none": with_vcr("none"),
    "vcrpy, new episodes": with_vcr("new_episodes"),
    "pook": with_pook,
    "mocket": with_mocket,
    "moto": with_moto,
    "aioresponses": with_aioresponses,
    "pytest-socket": with_pytest_socket,
    "freezegun": with_freezegun,
    "time-machine": with_time_machine,
}


# A cell.


def run(companion, order):
    """Make all calls beside *companion*, and return what went wrong."""
    warnings.simplefilter("ignore")  # Deprecations of libraries do not matter here.
    lookups = _record_lookups()
    cell = {"calls": 0, "unserved": {}, "broken": [], "lookups": lookups}
    cell["unusable"] = _complaint(companion)
    fake = _Fake()
    if order != "first use inside":
        with _entered(fake):
            pass
    calls = {name: kind() for name, kind in KINDS.items()}
    try:
        _order(companion, order, fake, calls, cell)
    except BaseException as error:  # The companion's own checks raise at the end.
        cell["broken"].append(repr(error))
    return cell


def _order(companion, order, fake, calls, cell):
    with contextlib.ExitStack() as outer, contextlib.ExitStack() as inner:
        interceptor = _entered(fake)
        if order == "fake first":
            outer.enter_context(interceptor)
            own = inner.enter_context(companion())
        else:
            own = outer.enter_context(companion())
            inner.enter_context(interceptor)
        for name, call in calls.items():
            _own(own, cell)
            _call(name, call, fake, cell)
        _own(own, cell)
        for name, call in BLOCKED.items():
            _block(name, call, companion, cell)
            _own(own, cell)
        inner.close()
        if order == "fake first":  # The companion was left, and our hooks must still be in place.
            for name, call in calls.items():
                _call(f"{name}, after it", call, fake, cell)
        else:
            _own(own, cell)


def _call(name, call, fake, cell):
    cell["calls"] += 1
    fake.asked = 0
    try:
        text = call()
        if fake.asked != 1 or "DailyStandup" not in text:
            cell["unserved"][name] = f"asked {fake.asked} times, answered {text!r}"
    except BaseException as error:
        cell["unserved"][name] = repr(error)


def _block(name, call, companion, cell):
    try:
        call()
    except BlockedRequestError:
        return
    except BaseException as error:
        if not any(companion is COMPANIONS[other] for other in BLOCKING):
            cell["unserved"][name] = f"not blocked: {error!r}"
    else:
        cell["unserved"][name] = "not blocked"


def _own(own, cell):
    if not cell["unusable"] and (found := _text(own)) != "own":
        cell["broken"].append(found)


def _text(own):
    try:
        return own()
    except BaseException as error:
        return repr(error)


def _complaint(companion):
    """Return why *companion* cannot answer its own host even without us, if it cannot."""
    found = None
    with contextlib.suppress(BaseException), companion() as own:
        found = _text(own)
    return None if found == "own" else found


@contextlib.contextmanager
def _entered(fake):
    with Guard(of_fake=True), Interceptor(fake.answer):
        yield


class _Fake:
    asked = 0

    def answer(self, request):
        assert request.url == URL
        self.asked += 1
        body = json.dumps({"unique_name": "DailyStandup"})
        return Response(200, {"Content-Type": "application/json"}, body.encode())


def _record_lookups():
    found = []

    def getaddrinfo(host, *_args, **_kwargs):
        if hosts.is_ours(str(host)):
            found.append(host)
        raise socket.gaierror(socket.EAI_NONAME, f"no network in the matrix: {host}")

    socket.getaddrinfo = getaddrinfo
    return found


# All cells.


DISTRIBUTIONS = (
    *("aiohttp", "httpx", "httpx2", "requests", "twilio", "urllib3"),
    *("aioresponses", "freezegun", "mocket", "moto", "pook", "pytest-httpx", "pytest-socket"),
    *("requests-mock", "responses", "respx", "time-machine", "vcrpy"),
)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SSL_CERT_FILE"] = _one_certificate(Path(folder))
        return _main()


def _one_certificate(folder):
    """Make a bundle of one: each httpx client reads all there are, and little else takes time."""
    end = "-----END CERTIFICATE-----\n"
    path = folder / "one.pem"
    path.write_text(Path(certifi.where()).read_text().partition(end)[0] + end)
    return str(path)


def _main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--order", choices=ORDERS)
    parser.add_argument("--companion", choices=COMPANIONS)
    options = parser.parse_args()
    orders = [options.order] if options.order else ORDERS
    companions = [options.companion] if options.companion else COMPANIONS
    cells = {(name, order): _forked(name, order) for name in companions for order in orders}
    _print(companions, orders, cells)
    return 0 if all(_is_good(cell) for cell in cells.values()) else 1


def _forked(name, order):
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=lambda: theirs.send(run(COMPANIONS[name], order)))
    child.start()
    theirs.close()
    try:
        cell = ours.recv()
    except EOFError:
        cell = {"calls": 0, "unserved": {"all": "died"}, "broken": [], "lookups": []}
        cell["unusable"] = None
    child.join()
    return cell


def _is_good(cell):
    return not (cell["unserved"] or cell["broken"] or cell["lookups"])


def _print(companions, orders, cells):
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in DISTRIBUTIONS)
    print(f"Python {platform.python_version()}; {versions}\n")
    width = max(map(len, companions)) + 2
    print(" " * width + "".join(f"{order:<24}" for order in orders))
    for name in companions:
        row = [cells[name, order] for order in orders]
        print(f"{name:<{width}}" + "".join(f"{_words(cell):<24}" for cell in row))
    everything = cells.values()
    calls = sum(cell["calls"] for cell in everything)
    served = calls - sum(len(cell["unserved"]) for cell in everything)
    print(
        f"\n{len(KINDS)} kinds of client: {served} of {calls} calls served,"
        f" {sum(len(cell['lookups']) for cell in everything)} names looked up,"
        f" {sum(bool(cell['broken']) for cell in everything)} of {len(cells)} companions broken"
    )
    if BLOCKED:
        print(f"blocked by the guard, in each of them: {', '.join(BLOCKED)}")
    for (name, order), cell in cells.items():
        for kind, reason in cell["unserved"].items():
            print(f"not served: {kind}, beside {name}, {order}: {reason}")
        for reason in dict.fromkeys(cell["broken"]):
            print(f"broken: {name}, {order}: {reason}")
    for kind, reason in LEFT_OUT.items():
        print(f"left out: {kind}: {reason}")
    for name in companions:
        if reason := cells[name, orders[0]]["unusable"]:
            print(f"{name} does not answer its own host even without us: {reason}")


def _words(cell):
    state = "broken" if cell["broken"] else "whole" if not cell["unusable"] else "unusable"
    return f"{cell['calls'] - len(cell['unserved'])}/{cell['calls']} {state}"


if __name__ == "__main__":
    sys.exit(main())
