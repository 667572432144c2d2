"""Each client asks two hosts of Twilio Video, one with the guard and one without.

``python tests/support/tripwire.py tests/support/leaks.py before`` runs it
where nothing is sent. It prints what became of each request. The second host is
the proof that the network there would have noticed the first. Libraries are
imported before the guard is entered for the first time, or after it.
"""

# ruff: noqa: BLE001, T201 -- whatever goes wrong is a finding; and findings are printed.

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import socket
import sys
import urllib.request

from pytest_twilio_video._interceptors.guard import Guard
from pytest_twilio_video.errors import BlockedRequestError


def urllib_request(host):
    urllib.request.urlopen(f"http://{host}/v1/Rooms", timeout=5)


def a_soft_hyphen(host):
    socket.getaddrinfo(host.replace("video", "vi\xaddeo"), 80)


def full_width_letters(host):
    socket.getaddrinfo(host.replace("video", "ｖｉｄｅｏ").replace(".", "。"), 80)  # noqa: RUF001


def upper_case_and_a_dot_at_the_end(host):
    socket.getaddrinfo(f"{host.upper()}.", 80)


def requests_with_user_info(host):
    import requests

    requests.get(f"http://AC1:token@{host}/v1/Rooms", timeout=5)


def socket_connect(host):
    with socket.socket() as sock:
        sock.connect((host, 80))


def socket_connect_ex(host):
    with socket.socket() as sock:
        sock.connect_ex((host, 80))


def socket_sendto(host):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"hello", (host, 80))


def gethostbyaddr(host):
    socket.gethostbyaddr(host)


def getfqdn(host):
    socket.getfqdn(host)


def asyncio_open_connection(host):
    asyncio.run(_open_connection(host))


async def _open_connection(host):
    _, writer = await asyncio.open_connection(host, 80)
    writer.close()


def uvloop_getaddrinfo(host):
    import uvloop

    async def look_up():
        await asyncio.get_running_loop().getaddrinfo(host, 80)

    uvloop.run(look_up())


def uvloop_open_connection(host):
    import uvloop

    uvloop.run(_open_connection(host))


def uvloop_sock_connect(host):
    import uvloop

    async def connect():
        with socket.socket() as sock:
            sock.setblocking(False)  # noqa: FBT003
            await asyncio.get_running_loop().sock_connect(sock, (host, 80))

    uvloop.run(connect())


def uvloop_httpx(host):
    import httpx
    import uvloop

    async def get():
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.get(f"http://{host}/v1/Rooms")

    uvloop.run(get())


def uvloop_aiohttp(host):
    import uvloop

    uvloop.run(_get_by_aiohttp(host))


async def _get_by_aiohttp(host):
    import aiohttp

    async with aiohttp.ClientSession() as session, session.get(f"http://{host}/v1/Rooms"):
        pass


def aiodns_aiohttp(host):
    import aiodns  # noqa: F401 -- it makes aiohttp resolve names by c-ares
    import aiohttp

    assert aiohttp.resolver.DefaultResolver is aiohttp.AsyncResolver
    asyncio.run(_get_by_aiohttp(host))


def aiodns_getaddrinfo(host):
    import aiodns

    async def look_up():
        await aiodns.DNSResolver().getaddrinfo(host, family=socket.AF_INET)

    asyncio.run(look_up())


def aiodns_query(host):
    import aiodns

    async def look_up():
        resolver = aiodns.DNSResolver()
        await getattr(resolver, "query_dns", resolver.query)(host, "A")

    asyncio.run(look_up())


def niquests_get(host):
    import niquests

    niquests.get(f"http://{host}/v1/Rooms", timeout=5)


def niquests_async(host):
    import niquests

    async def get():
        async with niquests.AsyncSession() as session:
            await session.get(f"http://{host}/v1/Rooms", timeout=5)

    asyncio.run(get())


def _curl(host, scheme="http"):
    import pycurl

    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, f"{scheme}://{host}/v1/Rooms")
    curl.setopt(pycurl.TIMEOUT, 5)
    curl.setopt(pycurl.WRITEFUNCTION, lambda _data: None)
    return curl


def pycurl_perform(host):
    _curl(host).perform()


def pycurl_https(host):
    _curl(host, "https").perform()


def pycurl_perform_rb(host):
    _curl(host).perform_rb()


def pycurl_duphandle(host):
    _curl(host).duphandle().perform()


def pycurl_without_a_scheme(host):
    import pycurl

    curl = _curl(host)
    curl.setopt(pycurl.URL, host.replace(".", "%2E", 1))
    curl.perform()


def pycurl_with_one_slash(host):
    import pycurl

    curl = _curl(host)
    curl.setopt(pycurl.URL, f"http:/{host}/v1/Rooms")
    curl.perform()


def pycurl_with_three_slashes(host):
    import pycurl

    curl = _curl(host)
    curl.setopt(pycurl.URL, f"http:///{host}/v1/Rooms")
    curl.perform()


def pycurl_multi(host):
    import pycurl

    multi = pycurl.CurlMulti()
    curl = _curl(host)
    multi.add_handle(curl)
    active = 1
    while active:
        multi.select(0.1)
        _, active = multi.perform()


def pycurl_tornado(host):
    from tornado.curl_httpclient import CurlAsyncHTTPClient

    async def fetch():
        await CurlAsyncHTTPClient(force_instance=True).fetch(f"http://{host}/v1/Rooms")

    asyncio.run(fetch())


def curl_cffi_get(host):
    from curl_cffi import requests

    requests.get(f"http://{host}/v1/Rooms", timeout=5)


def curl_cffi_https(host):
    from curl_cffi import requests

    requests.get(f"https://{host}/v1/Rooms", timeout=5)


def curl_cffi_base_url(host):
    from curl_cffi import requests

    with requests.Session(base_url=f"http://{host}", timeout=5) as session:
        session.get("/v1/Rooms")


def curl_cffi_stream(host):
    from curl_cffi import requests

    with requests.Session(timeout=5) as session, session.stream("GET", f"http://{host}/v1/Rooms"):
        pass


def curl_cffi_async(host):
    from curl_cffi import requests

    async def get():
        async with requests.AsyncSession(timeout=5, max_clients=1) as session:
            with contextlib.suppress(BlockedRequestError):
                await session.get(f"http://{host}/v1/Rooms")
            # This would wait for ever for the only handle, had the first not given it back.
            await session.get(f"http://{host}/v1/Rooms")

    asyncio.run(asyncio.wait_for(get(), 10))


def curl_cffi_handle(host):
    import curl_cffi

    curl = curl_cffi.Curl()
    curl.setopt(curl_cffi.CurlOpt.URL, f"http://{host}/v1/Rooms".encode())
    curl.setopt(curl_cffi.CurlOpt.WRITEFUNCTION, len)
    curl.perform()


CLIENTS = (
    *(urllib_request, a_soft_hyphen, full_width_letters),
    *(upper_case_and_a_dot_at_the_end, requests_with_user_info),
    *(socket_connect, socket_connect_ex, socket_sendto, gethostbyaddr, getfqdn),
    asyncio_open_connection,
    *(uvloop_getaddrinfo, uvloop_open_connection, uvloop_sock_connect),
    *(uvloop_httpx, uvloop_aiohttp, aiodns_aiohttp, aiodns_getaddrinfo, aiodns_query),
    *(niquests_get, niquests_async),
    *(pycurl_perform, pycurl_https, pycurl_perform_rb, pycurl_duphandle),
    *(pycurl_without_a_scheme, pycurl_with_one_slash, pycurl_with_three_slashes),
    *(pycurl_multi, pycurl_tornado),
    *(curl_cffi_get, curl_cffi_https, curl_cffi_base_url, curl_cffi_stream),
    *(curl_cffi_async, curl_cffi_handle),
)
LIBRARIES = ("aiodns", "curl_cffi", "niquests", "pycurl", "uvloop")


def hosts_of(number: int) -> tuple[str, str]:
    """Return the host for which a client is blocked, and the host for one without the guard."""
    return f"video.guarded-{number}.twilio.com", f"video.free-{number}.twilio.com"


def _try(client, host):
    try:
        client(host)
    except BlockedRequestError:
        return "blocked"
    except ImportError as error:
        return f"not installed: {error.name}"
    except Exception as error:
        return repr(error)
    return "sent"


def main():
    if sys.argv[1] == "before":
        for name in (*LIBRARIES, "aiohttp", "httpx"):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    found = {}
    for number, client in enumerate(CLIENTS):
        guarded, free = hosts_of(number)
        with Guard():
            outcome = _try(client, guarded)
        found[client.__name__] = [outcome, _try(client, free)]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
