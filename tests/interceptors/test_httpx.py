"""Features of httpx, and of httpx2, which differs only in its name."""

from __future__ import annotations

import asyncio
import copy
import gc
import weakref

import httpx
import httpx2
import pytest
import respx
import tenacity
import trio

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._http import Response
from pytest_twilio_video._interceptors import Interceptor
from pytest_twilio_video._interceptors.httpx import injectable
from pytest_twilio_video._interceptors.respx import Routes
from pytest_twilio_video.errors import TwilioVideoError


URL = "https://video.twilio.com/v1/Rooms"


@pytest.fixture(params=[httpx, httpx2], ids=["httpx", "httpx2"])
def library(request):
    return request.param


@pytest.fixture(params=[asyncio.run, trio.run], ids=["asyncio", "trio"])
def run(request):
    def run(function):
        return asyncio.run(function()) if request.param is asyncio.run else trio.run(function)

    return run


def wrapper_of(library, inner):
    class Wrapper(library.BaseTransport):
        seen = 0

        def handle_request(self, request):
            self.seen += 1
            return self.inner.handle_request(request)

    wrapper = Wrapper()
    wrapper.inner = inner
    return wrapper


def test_a_retrying_transport_retries(library, interceptor, service):
    class Retrying(library.BaseTransport):
        def __init__(self):
            self.wrapped = library.HTTPTransport()

        def handle_request(self, request):
            while (response := self.wrapped.handle_request(request)).status_code == 503:
                response.close()
            return response

    service.will_fail(503, 503)

    with library.Client(transport=Retrying()) as client:
        assert client.get(URL).status_code == 201

    assert len(service.requests) == 3


def test_tenacity_around_a_client_retries(library, interceptor, service):
    service.will_disrupt("connect", "timeout")

    @tenacity.retry(retry=tenacity.retry_if_exception_type(library.TransportError))
    def get():
        return library.get(URL)

    assert get().status_code == 201


def test_a_transport_subclass_runs(library, interceptor, service):
    class Signing(library.HTTPTransport):
        def handle_request(self, request):
            request.headers["X-Signature"] = self.signature
            return super().handle_request(request)

    transport = Signing()
    transport.signature = "state of its own"

    with library.Client(transport=transport) as client:
        client.get(URL)

    assert service.request.headers["x-signature"] == "state of its own"


def test_an_asynchronous_transport_subclass_runs(library, run, interceptor, service):
    class Signing(library.AsyncHTTPTransport):
        async def handle_async_request(self, request):
            request.headers["X-Signature"] = "own"
            return await super().handle_async_request(request)

    async def get():
        async with library.AsyncClient(transport=Signing()) as client:
            await client.get(URL)

    run(get)

    assert service.request.headers["x-signature"] == "own"


def test_a_wrapper_can_be_used_several_times(library, interceptor):
    wrapper = wrapper_of(library, library.HTTPTransport())

    with library.Client(transport=wrapper) as client:
        client.get(URL)
        client.get(URL)

    assert wrapper.seen == 2


def test_wrappers_that_refer_to_each_other_cause_no_loop(library, interceptor):
    wrapper = wrapper_of(library, library.HTTPTransport())
    wrapper.parent = wrapper_of(library, wrapper)

    with library.Client(transport=wrapper) as client:
        assert client.get(URL).status_code == 201


def test_a_wrapper_still_reaches_other_hosts(library, interceptor, service):
    with library.Client(transport=wrapper_of(library, library.HTTPTransport())) as client:
        client.get(URL)
        with pytest.raises(library.ConnectError):
            client.get("http://localhost:1/")

    assert len(service.requests) == 1


class Handing:
    """An object with the methods of a transport, which passes requests on to another one."""

    __slots__ = ("kept",)

    def __init__(self, kept):
        self.kept = kept

    def handle_request(self, request):
        return self.inner().handle_request(request)

    async def handle_async_request(self, request):
        return await self.inner().handle_async_request(request)

    def __enter__(self):
        return self

    async def __aenter__(self):
        return self

    def __exit__(self, *_exc_info):
        pass

    async def __aexit__(self, *_exc_info):
        pass

    def close(self):
        pass

    async def aclose(self):
        pass

    def inner(self):
        return self.kept


class InAList(Handing):
    __slots__ = ()

    def inner(self):
        return self.kept[0]


class WithAttributes(Handing):
    """A transport with attributes, unlike the others."""


class OnTheFly(Handing):
    __slots__ = ()

    def inner(self):
        return self.kept()


KEPT = {
    "a slot": (Handing, lambda make: make()),
    "a slot of a slot": (Handing, lambda make: Handing(make())),
    "a list": (InAList, lambda make: [make(), make()]),
    "a dict": (InAList, lambda make: {0: make()}),
    "an attribute": (WithAttributes, lambda make: make()),
    "nowhere": (OnTheFly, lambda make: make),
}
each_way = pytest.mark.parametrize(("kind", "keep"), KEPT.values(), ids=KEPT)


@each_way
def test_a_wrapped_transport_is_intercepted_wherever_it_is_stored(library, service, kind, keep):
    transport = kind(keep(library.HTTPTransport))

    with library.Client(transport=transport) as client, Interceptor(service):
        assert client.get(URL).status_code == 201


@each_way
def test_a_wrapped_asynchronous_transport_is_intercepted_wherever_it_is_stored(
    library, run, service, kind, keep
):
    async def get():
        transport = kind(keep(library.AsyncHTTPTransport))
        async with library.AsyncClient(transport=transport) as client:
            with Interceptor(service):
                return (await client.get(URL)).status_code

    assert run(get) == 201


def test_a_transport_without_a_client_is_intercepted(library, interceptor):
    request = library.Request("GET", URL)

    assert library.HTTPTransport().handle_request(request).status_code == 201


def test_a_handler_on_a_transport_instance_is_called_for_other_hosts_only(library, interceptor):
    """
    Tracing libraries set such a handler.
    """
    transport = library.HTTPTransport()
    transport.handle_request = lambda _: library.Response(418)

    with library.Client(transport=transport) as client:
        assert client.get(URL).status_code == 201
        assert client.get("https://payments.example/").status_code == 418


def test_attributes_of_a_transport_may_have_any_name(library, interceptor, service):
    class Catching(library.HTTPTransport):
        def handle_request(self, request):
            try:
                return super().handle_request(request)
            except self.interceptor:
                return library.Response(418)

    transport = Catching()
    transport.interceptor = library.ReadTimeout
    service.will_disrupt("timeout")

    with library.Client(transport=transport) as client:
        assert client.get(URL).status_code == 418


def test_a_transport_closes_what_it_owns_only_when_it_is_deleted_itself(library, interceptor):
    class Owning(library.HTTPTransport):
        is_closed = False

        def __del__(self):
            self.__dict__["is_closed"] = True

    with library.Client(transport=Owning()) as client:
        client.get(URL)

        assert not client._transport.is_closed


def test_a_transport_may_have_slots(library, interceptor):
    class Counting(library.HTTPTransport):
        __slots__ = ("sent",)

        def handle_request(self, request):
            self.sent += 1
            return super().handle_request(request)

    transport = Counting()
    transport.sent = 0
    with library.Client(transport=transport) as client:
        client.get(URL)

    assert transport.sent == 1


def test_a_transport_may_refuse_unknown_attributes(library, interceptor):
    class Closed(library.HTTPTransport):
        def __setattr__(self, name, value):
            assert name == "_pool"
            super().__setattr__(name, value)

    with library.Client(transport=Closed()) as client:
        assert client.get(URL).status_code == 201


def test_no_class_of_ours_is_added_to_a_registry_of_transports(library, interceptor):
    register = []

    class Registered(library.HTTPTransport):
        def __init_subclass__(cls, *, name):
            register.append(name)

    class Own(Registered, name="own"):
        pass

    with library.Client(transport=Own()) as client:
        assert client.get(URL).status_code == 201
    assert register == ["own"]


def test_a_mounted_transport_is_used_even_if_it_is_falsy(library, interceptor):
    class Recording(list, library.BaseTransport):
        def handle_request(self, request):
            self.append(request)
            return library.HTTPTransport().handle_request(request)

    recording = Recording()
    with library.Client(mounts={"all://*twilio.com": recording}) as client:
        client.get(URL)

    assert len(recording) == 1


def test_a_transport_that_calls_itself_again_causes_no_loop(library, interceptor, service):
    class Redoing(library.HTTPTransport):
        tries = 0

        def handle_request(self, request):
            self.tries += 1
            return (
                self.handle_request(request) if self.tries < 3 else super().handle_request(request)
            )

    with library.Client(transport=Redoing()) as client:
        assert client.get(URL).status_code == 201

    assert len(service.requests) == 1


def test_a_mock_transport_of_the_user_answers(library, interceptor, service):
    transport = library.MockTransport(lambda _: library.Response(418))

    with library.Client(transport=transport) as client:
        assert client.get(URL).status_code == 418

    assert service.requests == []


def test_a_wsgi_transport_of_the_user_answers(library, interceptor, service):
    def application(_environ, start_response):
        start_response("418 I'm a teapot", [])
        return [b""]

    transport = library.WSGITransport(app=application)
    with library.Client(transport=transport) as client:
        assert client.get(URL).status_code == 418


def test_a_transport_can_be_injected(library, service):
    if library is httpx2:
        pytest.skip("what is offered for injection is made of httpx")

    with library.Client(transport=injectable(Interceptor(service))) as client:
        assert client.get(URL).status_code == 201


def test_a_transport_can_be_injected_into_an_asynchronous_client(run, service):
    async def get():
        async with httpx.AsyncClient(transport=injectable(Interceptor(service))) as client:
            return await client.get(URL)

    assert run(get).status_code == 201


def test_an_injected_transport_refuses_other_hosts_with_an_explanation(service):
    client = httpx.Client(transport=injectable(Interceptor(service)))

    with client, pytest.raises(TwilioVideoError, match="leads only to Twilio Video"):
        client.get("https://payments.example/")


def test_an_injected_transport_reaches_its_own_fake(interceptor, service):
    own = Interceptor(lambda _: Response(200, {}, b"own"))

    with httpx.Client(transport=injectable(own)) as client:
        assert client.get(URL).text == "own"

    assert service.requests == []


def test_a_route_of_another_mock_is_looked_at_once_and_not_in_each_call(monkeypatch):
    """
    A failure report names routes for our hosts, which are not used.
    """
    looked_at = []

    def look_at(pattern):
        looked_at.append(pattern)
        return "a pattern"

    monkeypatch.setattr(respx.patterns.Host, "__repr__", look_at)
    with FakeTwilioVideo() as fake, respx.mock(assert_all_called=False) as router:
        router.route(host="app.example")
        for _ in range(3):
            httpx.get(URL, auth=(fake.account_sid, fake.auth_token))

    assert len(looked_at) == 1


def test_a_response_can_be_streamed(library, interceptor, service):
    service.will = [Response(200, {}, b"frames")]

    with library.stream("GET", URL) as response:
        assert list(response.iter_raw(3)) == [b"fra", b"mes"]


def test_a_response_has_its_elapsed_time(library, interceptor):
    assert library.get(URL).elapsed.total_seconds() > 0


def test_a_body_may_be_a_generator(library, interceptor, service):
    library.post(URL, content=iter([b"a", b"b"]))

    assert service.request.body == b"ab"


def test_cookies_are_kept_and_sent(library, interceptor, service):
    service.will = [Response(200, {"Set-Cookie": "session=1; Path=/"})]

    with library.Client() as client:
        client.get(URL)
        client.get(URL)

    assert service.requests[1].headers["cookie"] == "session=1"


def test_an_exception_has_its_request(library, interceptor, service):
    service.will_disrupt("timeout")

    with pytest.raises(library.ReadTimeout) as raised:
        library.get(URL)

    assert raised.value.request.url == URL


def test_a_redirect_from_another_host_is_intercepted(interceptor, service):
    with respx.mock:
        respx.get("https://app.example/join").respond(302, headers={"Location": URL})

        assert httpx.get("https://app.example/join", follow_redirects=True).status_code == 201


def test_an_intercepted_client_reaches_other_hosts_later(library, service):
    with library.Client() as client:
        with Interceptor(service):
            client.get(URL)
        with pytest.raises(library.ConnectError):
            client.get("http://localhost:1/")


def test_a_copy_of_a_client_works_without_the_original(library, service):
    client = library.Client()
    with Interceptor(service):
        client.get(URL)
        copies = copy.copy(client), copy.copy(client)
        del client
        gc.collect()
        assert copies[0].get(URL).status_code == 201

    with pytest.raises(library.ConnectError):
        copies[1].get("http://localhost:1/")


def test_a_client_can_be_garbage_collected(library, interceptor):
    """
    A connection that is closed by garbage collection would cause a warning in another test.
    """
    wrapper = wrapper_of(library, None)
    wrapper.inner = library.HTTPTransport()
    client = library.Client(transport=wrapper)
    client.get(URL)
    gone = [weakref.ref(client), weakref.ref(wrapper.inner)]

    gc.disable()
    try:
        wrapper.inner = None
        del client

        assert [reference() for reference in gone] == [None, None]
    finally:
        gc.enable()


# The user's own routes.


@pytest.fixture
def routes(interceptor):
    return interceptor.routes.setdefault("respx", Routes())


def test_a_route_of_the_user_precedes_the_fake(routes, service):
    routes.get(URL).respond(418)

    assert httpx.get(URL).status_code == 418
    assert service.requests == []


def test_a_route_of_the_user_precedes_the_fake_in_an_asynchronous_client(routes, run):
    routes.get(URL).respond(418)

    async def get():
        async with httpx.AsyncClient() as client:
            return (await client.get(URL)).status_code, (await client.post(URL)).status_code

    assert run(get) == (418, 201)


def test_requests_that_match_no_route_or_pass_through_go_to_the_fake(routes):
    routes.get(URL).pass_through()

    assert httpx.get(URL).status_code == 201
    assert httpx.post(URL).status_code == 201


def test_a_route_may_raise_any_exception(routes):
    routes.get(URL).mock(side_effect=AssertionError("own"))

    with pytest.raises(AssertionError, match="own"):
        httpx.get(URL)
