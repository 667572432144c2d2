"""Features of requests: adapters, retries, bodies and streams."""

from __future__ import annotations

import io
import warnings

import pytest
import requests
import responses
import urllib3

from requests.adapters import BaseAdapter, HTTPAdapter

from pytest_twilio_video._http import Response
from pytest_twilio_video._interceptors import Interceptor
from pytest_twilio_video._interceptors.requests import InterceptedAdapter
from pytest_twilio_video._interceptors.responses import Routes


URL = "https://video.twilio.com/v1/Rooms"


def session_with(adapter):
    session = requests.Session()
    session.mount("https://", adapter)
    return session


def session_that_retries(*args, **kwargs):
    return session_with(HTTPAdapter(max_retries=urllib3.Retry(*args, **kwargs)))


@pytest.fixture
def naps(monkeypatch):
    """The seconds that urllib3 would have slept."""
    naps = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", naps.append)
    return naps


# Retries.


def test_a_session_retries_on_the_status_codes_of_its_policy(interceptor, service):
    service.will_fail(503, 502)

    response = session_that_retries(3, status_forcelist=[502, 503]).get(URL)

    assert response.status_code == 201
    assert len(service.requests) == 3
    assert [entry.status for entry in response.raw.retries.history] == [503, 502]


def test_an_exhausted_retry_policy_raises_retry_error(interceptor, service):
    service.will_fail(*[503] * 4)

    with pytest.raises(requests.exceptions.RetryError, match="too many 503 error responses"):
        session_that_retries(3, status_forcelist=[503]).get(URL)

    assert len(service.requests) == 4


def test_a_retry_policy_may_return_the_last_response(interceptor, service):
    service.will_fail(503, 503)

    policy = {"status_forcelist": [503], "raise_on_status": False}

    assert session_that_retries(1, **policy).get(URL).status_code == 503


def test_a_retry_policy_does_not_repeat_a_post_by_default(interceptor, service):
    service.will_fail(503)

    assert session_that_retries(3, status_forcelist=[503]).post(URL).status_code == 503


def test_retry_after_is_obeyed(interceptor, service, naps):
    service.will_fail(429, Retry_After="7")

    assert session_that_retries(1).get(URL).status_code == 201
    assert naps == [7]


def test_the_backoff_grows_with_each_retry(interceptor, service, naps):
    service.will_fail(503, 503, 503)

    session_that_retries(3, status_forcelist=[503], backoff_factor=1).get(URL)

    assert naps == [2, 4]


@pytest.mark.parametrize("kind", ["timeout", "connect", "reset"])
def test_a_session_retries_after_a_network_failure(interceptor, service, kind):
    service.will_disrupt(kind, kind)

    assert session_that_retries(2).get(URL).status_code == 201
    assert len(service.requests) == 3


def test_too_many_network_failures_name_the_host_and_the_reason(interceptor, service):
    service.will_disrupt(*["connect"] * 2)
    where = r"HTTPSConnectionPool\(host='video.twilio.com', port=443\): Max retries exceeded"

    with pytest.raises(requests.ConnectionError, match=where):
        session_that_retries(1).get(URL)


def test_a_retry_sends_the_same_body(interceptor, service):
    service.will_fail(503)
    policy = {"status_forcelist": [503], "allowed_methods": None}

    session_that_retries(1, **policy).post(URL, data=io.BytesIO(b"a file"))

    assert [request.body for request in service.requests] == [b"a file"] * 2


def test_the_exception_of_a_reset_contains_the_reset(interceptor, service):
    service.will_disrupt("reset")

    with pytest.raises(requests.ConnectionError) as raised:
        requests.get(URL)

    assert isinstance(raised.value.args[0].args[1], ConnectionResetError)


# Adapters.


def test_an_adapters_own_send_runs(interceptor, service):
    class Signing(HTTPAdapter):
        def send(self, request, **kwargs):
            request.headers["X-Signature"] = self.signature
            return super().send(request, **kwargs)

    adapter = Signing()
    adapter.signature = "state of its own"

    assert session_with(adapter).get(URL).status_code == 201
    assert service.request.headers["x-signature"] == "state of its own"


def test_an_adapter_keeps_state_that_it_sets_while_sending(interceptor):
    class Counting(HTTPAdapter):
        sent = 0

        def send(self, request, **kwargs):
            self.sent += 1
            return super().send(request, **kwargs)

    adapter = Counting()
    session_with(adapter).get(URL)

    assert adapter.sent == 1
    assert type(adapter) is Counting


def test_an_adapter_closes_what_it_owns_only_when_it_is_deleted_itself(interceptor):
    class Logging(HTTPAdapter):
        def __init__(self):
            super().__init__()
            self.log = io.StringIO()

        def send(self, request, **kwargs):
            self.log.write(request.url)
            return super().send(request, **kwargs)

        def __del__(self):
            self.log.close()

    session = session_with(Logging())

    assert session.get(URL).status_code == 201
    assert session.get(URL).status_code == 201


def test_an_adapter_may_have_slots(interceptor):
    """
    Classes of attrs and dataclasses may have slots.
    """

    class Counting(HTTPAdapter):
        __slots__ = ("last", "sent")

        def send(self, request, **kwargs):
            self.sent += 1
            del self.last
            return super().send(request, **kwargs)

    adapter = Counting()
    adapter.sent, adapter.last = 1, "a request"
    session_with(adapter).get(URL)

    assert adapter.sent == 2
    assert not hasattr(adapter, "last")


def test_an_adapter_may_refuse_unknown_attributes(interceptor):
    class Closed(HTTPAdapter):
        def __setattr__(self, name, value):
            assert name in {*HTTPAdapter.__attrs__, "proxy_manager", "poolmanager"}
            super().__setattr__(name, value)

    assert session_with(Closed()).get(URL).status_code == 201


def test_no_class_of_ours_is_added_to_a_registry_of_adapters(interceptor):
    register = []

    class Registered(HTTPAdapter):
        def __init_subclass__(cls, *, scheme):
            register.append(scheme)

    class Own(Registered, scheme="own"):
        pass

    assert session_with(Own()).get(URL).status_code == 201
    assert register == ["own"]


def test_an_adapter_that_chooses_its_own_connections_is_intercepted(interceptor):
    class Choosing(HTTPAdapter):
        def get_connection_with_tls_context(self, request, *_args, **_kwargs):
            return self.poolmanager.connection_from_url(request.url)

    assert session_with(Choosing()).get(URL).status_code == 201


def test_an_adapter_without_a_session_is_intercepted(interceptor):
    prepared = requests.Request("GET", URL).prepare()

    assert HTTPAdapter().send(prepared).status_code == 201


def test_an_adapter_that_calls_the_deprecated_get_connection_is_intercepted(interceptor):
    class Old(HTTPAdapter):
        def get_connection_with_tls_context(self, request, *_args, **_kwargs):
            return self.get_connection(url=request.url)

    prepared = requests.Request("GET", URL).prepare()

    assert Old().send(prepared).status_code == 201


def test_a_stub_adapter_of_the_user_answers(interceptor, service):
    class Stub(BaseAdapter):
        def send(self, _request, **_kwargs):
            response = requests.Response()
            response.status_code = 418
            return response

    assert session_with(Stub()).get(URL, stream=True).status_code == 418
    assert service.requests == []


def test_a_patch_that_forbids_the_network_does_not_affect_the_fake(interceptor, monkeypatch):
    def forbidden(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr(HTTPAdapter, "send", forbidden)

    assert requests.get(URL).status_code == 201


def test_an_adapter_can_be_injected(service):
    session = session_with(InterceptedAdapter(Interceptor(service)))

    assert session.get(URL).status_code == 201


def test_an_injected_adapter_reaches_its_own_fake(service, interceptor):
    session = session_with(InterceptedAdapter(Interceptor(lambda _: Response(200, {}, b"own"))))

    assert session.get(URL).text == "own"
    assert service.requests == []


def test_an_injected_adapter_sends_requests_to_other_hosts_over_the_network(service):
    session = session_with(InterceptedAdapter(Interceptor(service)))

    with pytest.raises(requests.ConnectionError):
        session.get("https://localhost:1/")

    assert service.requests == []


def test_an_injected_adapter_passes_requests_to_other_hosts_to_other_mocks(service):
    session = session_with(InterceptedAdapter(Interceptor(service)))

    with responses.RequestsMock() as mock:
        mock.get("https://payments.example/", body="own")

        assert session.get("https://payments.example/").text == "own"


def test_attributes_of_an_adapter_may_have_any_name(interceptor, service):
    class Catching(HTTPAdapter):
        def send(self, *args, **kwargs):
            try:
                return super().send(*args, **kwargs)
            except self.interceptor as error:
                raise ArithmeticError from error

    adapter = Catching()
    adapter.interceptor = requests.ReadTimeout
    service.will_disrupt("timeout")

    with pytest.raises(ArithmeticError):
        session_with(adapter).get(URL)


# Bodies and streams.


def test_bodies_of_all_kinds_arrive(interceptor, service):
    for body in (
        "text",
        b"bytes",
        io.BytesIO(b"file"),
        io.StringIO("text file"),
        iter([b"a", b"b"]),
    ):
        requests.post(URL, data=body)

    bodies = [request.body for request in service.requests]
    assert bodies == [b"text", b"bytes", b"file", b"text file", b"ab"]


def test_files_are_uploaded(interceptor, service):
    requests.post(URL, files={"media": ("media.mkv", b"frames")})

    assert b'filename="media.mkv"\r\n\r\nframes' in service.request.body


def test_a_response_can_be_streamed(interceptor, service):
    service.will = [Response(200, {"Content-Length": "6"}, b"frames")]

    with requests.get(URL, stream=True) as response:
        assert response.raw.read(2) == b"fr"
        assert list(response.iter_content(2)) == [b"am", b"es"]


def test_a_response_has_its_elapsed_time(interceptor):
    assert requests.get(URL).elapsed.total_seconds() > 0


def test_cookies_are_kept_and_sent(interceptor, service):
    service.will = [Response(200, {"Set-Cookie": "session=1; Path=/"})]

    with requests.Session() as session:
        session.get(URL)
        session.get(URL)

    assert service.requests[1].headers["cookie"] == "session=1"


def test_a_request_through_a_proxy_keeps_its_url(interceptor, service):
    requests.get(URL, proxies={"https": "http://proxy.example:3128"})

    assert service.request.url == URL


def test_certificate_files_are_not_looked_for(interceptor):
    """
    A fake uses no TLS, and a machine that runs tests may not have these files.
    """
    with requests.Session() as session:
        session.verify, session.cert = "/no/such/bundle.pem", ("/no/such.crt", "/no/such.key")

        assert session.get(URL).status_code == 201
    assert session_that_retries(1).get(URL, cert="/no/such.pem").status_code == 201


def test_the_timeout_of_a_request_is_known_to_the_fake(interceptor, service):
    for timeout in (None, 3, (1, 2.5), urllib3.Timeout(total=4)):
        requests.get(URL, timeout=timeout)

    seconds = [request.timeout for request in service.requests]
    assert seconds[:3] == [None, 3, 2.5]
    assert seconds[3] == pytest.approx(4, abs=0.5)


def test_a_redirect_from_another_host_is_intercepted(interceptor, service):
    with responses.RequestsMock() as mock:
        mock.get("https://app.example/join", status=302, headers={"Location": URL})

        assert requests.get("https://app.example/join").status_code == 201


def test_a_redirect_to_another_host_is_not_intercepted(interceptor, service):
    service.will = [Response(302, {"Location": "https://app.example/"})]

    with responses.RequestsMock() as mock:
        mock.get("https://app.example/", body="elsewhere")

        assert requests.get(URL).text == "elsewhere"


# The user's own routes.


@pytest.fixture
def routes(interceptor):
    return interceptor.routes.setdefault("responses", Routes())


def test_a_route_of_the_user_precedes_the_fake(routes, service):
    routes.get(URL, status=418)

    assert requests.get(URL).status_code == 418
    assert service.requests == []


def test_requests_that_match_no_route_go_to_the_fake(routes, service):
    routes.get(URL, status=418)

    assert requests.post(URL).status_code == 201
    assert len(routes.calls) == 0


def test_requests_go_to_the_fake_after_a_reset_of_the_routes(routes):
    routes.get(URL, status=418)
    routes.reset()

    assert requests.get(URL).status_code == 201


def test_a_route_may_raise_any_exception(routes):
    routes.get(URL, body=requests.exceptions.SSLError("own"))

    with pytest.raises(requests.exceptions.SSLError, match="own"):
        requests.get(URL)


def test_routes_apply_to_their_own_fake_only(service):
    with Interceptor(service) as interceptor:
        interceptor.routes["responses"] = Routes()
        interceptor.routes["responses"].get(URL, status=418)

    with Interceptor(service):
        assert requests.get(URL).status_code == 201


def test_a_request_causes_no_warning(interceptor):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        requests.get(URL)
