"""Which interceptor answers, when libraries are hooked, and what is not changed."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading

import httpx
import pytest
import requests

from pytest_twilio_video import _hosts as hosts
from pytest_twilio_video._http import Response
from pytest_twilio_video._interceptors import Interceptor


URL = "https://video.twilio.com/v1/Rooms"


def fake(name):
    return Interceptor(lambda _request: Response(200, {}, name.encode()))


def answering():
    """Return which interceptor answers both clients."""
    (name,) = {requests.get(URL).text, httpx.get(URL).text}
    return name


def test_the_innermost_interceptor_answers():
    with fake("outer"):
        with fake("inner"):
            assert answering() == "inner"
        assert answering() == "outer"


def test_interceptors_can_be_left_in_any_order():
    first, second = fake("first"), fake("second")
    first.__enter__()
    second.__enter__()

    first.__exit__(None, None, None)
    assert answering() == "second"
    second.__exit__(None, None, None)


def test_an_interceptor_can_be_entered_again():
    again = fake("again")
    with again, fake("between"):
        with again:
            assert answering() == "again"
        assert answering() == "between"


def test_requests_of_the_applications_threads_are_intercepted():
    found = []

    def ask():
        found.append(answering())

    with fake("one"):
        threads = [threading.Thread(target=ask) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert found == ["one"] * 32


def test_threads_that_enter_and_leave_concurrently_always_get_an_answer():
    found = []

    def enter_and_ask():
        for _ in range(20):
            with fake("some"):
                found.append(requests.get(URL).text)

    threads = [threading.Thread(target=enter_and_ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["some"] * 160


def test_requests_to_other_hosts_are_not_intercepted():
    with fake("one"), pytest.raises(requests.ConnectionError):
        requests.get("http://localhost:1/")


@pytest.mark.parametrize(
    "host",
    [
        "api.twilio.com",
        "twilio.com",
        "myvideo.twilio.com",
        "video.twilio.com.example",
        "video.a.b.c.twilio.com",
        "recording.s3.amazonaws.com",
        "",
    ],
)
def test_hosts_that_only_look_like_twilios_are_not_intercepted(host):
    assert not hosts.is_ours(host)


def test_the_client_reports_an_invalid_url():
    with fake("one"), pytest.raises(requests.exceptions.InvalidURL):
        requests.get("https://[video.twilio.com/")


# First uses, each in its own process.


def run(program):
    """Run *program*, in which an active fake answers "one"."""
    prelude = """
        import sys
        from pytest_twilio_video._http import Response
        from pytest_twilio_video._interceptors import Interceptor

        URL = "https://video.twilio.com/v1/Rooms"
        interceptor = Interceptor(lambda request: Response(200, {}, b"one"))
    """
    code = textwrap.dedent(prelude) + textwrap.dedent(program)
    command = [sys.executable, "-W", "error", "-c", code]
    subprocess.run(command, check=True, timeout=60)


@pytest.mark.process
def test_an_interceptor_imports_no_library():
    run("""
        with interceptor:
            pass
        libraries = {"requests", "httpx", "httpx2", "aiohttp", "responses", "respx", "h11", "ssl"}
        assert not libraries & set(sys.modules), libraries & set(sys.modules)
    """)


@pytest.mark.process
@pytest.mark.parametrize("library", ["requests", "httpx", "httpx2"])
def test_a_library_that_is_imported_later_is_intercepted(library):
    run(f"""
        with interceptor:
            import {library}
            assert {library}.get(URL).text == "one"
        loader = {library}.__spec__.loader
        assert type(loader).__name__ == "SourceFileLoader" and {library}.__loader__ is loader
    """)


@pytest.mark.process
def test_the_loader_of_a_library_that_is_not_imported_yet_has_all_its_methods():
    run("""
        from importlib.util import find_spec

        with interceptor:
            spec = find_spec("requests")
            assert spec.loader.get_filename("requests") == spec.origin
            assert spec.loader.is_package("requests")
    """)


@pytest.mark.process
def test_aiohttp_is_intercepted_if_it_is_imported_later():
    run("""
        import asyncio

        async def ask():
            import aiohttp

            async with aiohttp.ClientSession() as session, session.get(URL) as response:
                return await response.text()

        with interceptor:
            assert asyncio.run(ask()) == "one"
    """)


@pytest.mark.process
def test_a_mock_that_is_imported_later_does_not_get_our_requests():
    pytest.importorskip("requests_mock")
    run("""
        import requests

        prepared = requests.Request("GET", URL).prepare()
        with interceptor:
            import requests_mock, responses

            with responses.RequestsMock():
                assert requests.adapters.HTTPAdapter().send(prepared).text == "one"
            with requests_mock.Mocker():
                assert requests.get(URL).text == "one"
    """)


@pytest.mark.process
@pytest.mark.parametrize("library", ["requests", "httpx", "httpx2"])
def test_a_library_that_is_imported_again_is_intercepted(library):
    """
    Pytester does this: after a run it forgets the imports of the run, and restores the old module.
    """
    run(f"""
        import {library}

        with interceptor:
            assert {library}.get(URL).text == "one"
        old = {{name: sys.modules.pop(name) for name in list(sys.modules)
                if name.partition(".")[0] == "{library}"}}
        import {library} as anew

        assert anew is not {library}
        with interceptor:
            assert anew.get(URL).text == "one"
            assert {library}.get(URL).text == "one"
        sys.modules.update(old)
        with interceptor:
            assert anew.get(URL).text == "one"
            assert {library}.get(URL).text == "one"
    """)


@pytest.mark.process
@pytest.mark.parametrize("library", ["requests", "httpx", "httpx2"])
def test_a_library_that_is_reloaded_is_intercepted(library):
    run(f"""
        import importlib
        import {library}

        with interceptor:
            importlib.reload({library})
            assert {library}.get(URL).text == "one"
    """)


@pytest.mark.process
@pytest.mark.parametrize("library", ["aiohttp", "httpx", "requests_mock", "responses"])
@pytest.mark.parametrize("stub", ["types.ModuleType('stub')", "mock.MagicMock()", "None"])
def test_a_stub_in_the_place_of_a_library_is_not_hooked(library, stub):
    run(f"""
        import types
        from unittest import mock
        import requests

        with mock.patch.dict(sys.modules, {{"{library}": {stub}}}), interceptor:
            assert requests.get(URL).text == "one"
    """)


@pytest.mark.process
@pytest.mark.parametrize(
    ("place", "settings"),
    [
        ("requests.Session", {}),
        ("requests.Session", {"autospec": True}),
        ("requests.Session.get_adapter", {}),
        ("requests.adapters.HTTPAdapter", {}),
        ("httpx.Client", {}),
        ("httpx.Client.send", {}),
        ("httpx.Client.send", {"autospec": True}),
        ("httpx.HTTPTransport", {}),
        ("aiohttp.ClientSession", {}),
        ("aiohttp.BaseConnector.connect", {}),
    ],
)
def test_a_mock_in_the_place_of_a_hook_at_the_first_use_keeps_working(place, settings):
    """
    The mock respx is active too. It would answer for the fake if one of our hooks were missing.
    """
    run(f"""
        import asyncio, pkgutil
        from unittest import mock
        import aiohttp, httpx, requests, respx

        class Own(requests.adapters.HTTPAdapter):
            def send(self, *args, **kwargs):
                return super().send(*args, **kwargs)

        async def ask():
            async with aiohttp.ClientSession() as session, session.get(URL) as response:
                return await response.text()

        with mock.patch("{place}", **{settings}):
            with interceptor:
                pass
            pkgutil.resolve_name("{place}").assert_not_called()
        session = requests.Session()
        session.mount("https://", Own())
        with interceptor, respx.mock(using="httpx"):
            assert session.get(URL).text == requests.get(URL).text == "one"
            assert httpx.get(URL).text == "one"
            assert asyncio.run(ask()) == "one"
    """)


@pytest.mark.process
def test_a_session_that_requests_mock_has_used_before_our_first_use_is_intercepted():
    """
    requests-mock leaves its own function that chooses an adapter on the session.
    """
    pytest.importorskip("requests_mock")
    run("""
        import requests, requests_mock

        session = requests.Session()
        with requests_mock.Mocker() as mock:
            mock.get("https://payments.example/", text="own")
            session.get("https://payments.example/")
            with interceptor:
                assert session.get(URL).text == "one"
        with interceptor:
            assert session.get(URL).text == "one"
    """)


@pytest.mark.process
def test_threads_that_enter_first_concurrently_find_all_libraries_hooked():
    run("""
        import threading
        import httpx, requests

        found, start = [], threading.Barrier(8)

        def ask():
            start.wait()
            with interceptor:
                found.append(requests.get(URL).text + httpx.get(URL).text)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert found == ["oneone"] * 8, found
        hooked = requests.Session.get_adapter
        assert not hasattr(hooked.__wrapped__, "__wrapped__")
    """)


@pytest.mark.process
def test_a_library_that_is_not_installed_is_not_found():
    run("""
        import importlib.util

        with interceptor:
            sys.path.clear()
            assert importlib.util.find_spec("aiohttp") is None
    """)
