"""The ways out of this process: the functions in which the guard sees the name of a host.

Nearly all clients call two kinds of functions: one looks up the name, and one
begins TLS for the name. The guard hooks both. In the second it also sees a
request that goes through a proxy or to a numeric address. A proxy is asked to
connect before TLS begins, so it learns the name of the host, but nothing else.

Problem: the resolvers of uvloop, c-ares and libcurl are written in C and call
neither.

Solution: hook the public methods by which Python hands them a name or a URL.
`docs/other-mocks.md` lists what the guard does not see.
"""

from __future__ import annotations

import inspect
import re

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin

from .. import _hosts as hosts
from . import hooks, opened
from .guard import blocking_guard, check


if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


__all__ = ["watch"]


def watch() -> None:
    """Hook the modules in `_HOOKS`. One that is not imported yet is hooked when it is."""
    for name, hook in _HOOKS.items():
        hooks.when_imported(name, hook)


def _wrap(owner: Any, name: str, wrapper: Callable[[Any], Any]) -> None:
    """Hook *name* if *owner* has it. Some versions of a library lack some names."""
    if hasattr(owner, name):
        hooks.wrap(owner, name, wrapper)


def _see_connection(sock: Any, address: Any) -> None:
    """Check the *address* of a connection or a datagram. C code would look up a name in it."""
    if isinstance(address, tuple) and address and _is_ours_at(address):
        opened.remember(sock)


def _is_ours_at(address: tuple[Any, ...]) -> bool:
    """Check the host of *address*, or the host that a look-up has found at this number."""
    if check(*address[:2]):
        return True
    host = opened.host_at(address)
    if host is None:
        return False
    # On this port TLS names the host as well. The address alone is not enough to block a request
    # there, because other people's buckets have the same addresses as Twilio's storage.
    return blocking_guard() is None if address[1] == _HTTPS else check(host)


_HTTPS = 443


_GREEN_SOCKETS = ("gevent.socket", "eventlet.green.socket")
"""The modules that replace `socket` if the application uses gevent or eventlet."""


def _hook_socket(socket: ModuleType) -> None:
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        _wrap(socket, name, _checking_host)
    if socket.__name__ in _GREEN_SOCKETS:  # Their create_connection does not call the others.
        hooks.wrap(socket, "create_connection", _checking_address)
    elif socket.socket.__module__ == "socket":  # not a mock's
        for name in ("connect", "connect_ex", "sendto"):
            hooks.wrap(socket.socket, name, _checking_connection)


def _hook_pytest_socket(pytest_socket: ModuleType) -> None:
    """Hook the functions that pytest-socket restores.

    pytest-socket stored them when it was imported, maybe before the guard hooked them.
    """
    for name in ("_true_getaddrinfo", "_true_gethostbyname"):
        _wrap(pytest_socket, name, _checking_host)
    _wrap(pytest_socket, "_true_connect", _checking_connection)


def _checking_host(look_up: Any) -> Any:
    def check_and_look_up(*args: Any, **kwargs: Any) -> Any:
        host: Any = args[0] if args else kwargs.get("host")
        is_ours = check(host, args[1] if len(args) > 1 else kwargs.get("port"))
        found = look_up(*args, **kwargs)
        if is_ours:
            opened.note_addresses(host, found)
        return found

    return check_and_look_up


def _checking_address(connect: Any) -> Any:
    def check_and_connect(address: Any, *args: Any, **kwargs: Any) -> Any:
        is_ours = check(*address[:2])
        connection = connect(address, *args, **kwargs)
        if is_ours:
            opened.remember(connection)
        return connection

    return check_and_connect


def _checking_connection(connect: Any) -> Any:
    def check_and_connect(sock: Any, *args: Any) -> Any:
        if args:
            _see_connection(sock, args[-1])
        return connect(sock, *args)

    return check_and_connect


def _hook_ssl(ssl: ModuleType) -> None:
    for name in ("wrap_socket", "wrap_bio"):
        hooks.wrap(ssl.SSLContext, name, _checking_server_name)
    _wrap(getattr(ssl, "SSLObject", None), "write", _checking_writer)


def _checking_server_name(wrap: Any) -> Any:
    signature = inspect.signature(wrap)

    def check_and_wrap(*args: Any, **kwargs: Any) -> Any:
        arguments = signature.bind(*args, **kwargs).arguments
        sock = arguments.get("sock")
        # Asked before wrapping, which takes the connection away from the socket.
        is_ours = sock is not None and opened.is_remembered(sock)
        try:
            # eventlet's function has `**kw` for all keywords.
            is_ours |= check((arguments | kwargs).get("server_hostname"))
        except BaseException:
            # Clients close a connection after the errors of TLS, but not after this one.
            if sock:
                sock.close()
            raise
        wrapped = wrap(*args, **kwargs)
        if is_ours and sock is not None:
            opened.remember(wrapped)
        return wrapped

    return check_and_wrap


def _checking_writer(write: Any) -> Any:
    """Check the host when data is sent, because this kind of TLS has no socket to shut down."""

    def check_and_write(tls: Any, data: Any) -> Any:
        check(tls.server_hostname)
        return write(tls, data)

    return check_and_write


def _hook_event_loops(events: ModuleType) -> None:
    """Hook every class of event loops that resolves names without `socket`, now and later."""
    base = events.AbstractEventLoop
    if "__init_subclass__" in vars(base):
        return

    def __init_subclass__(cls: Any, **kwargs: Any) -> None:  # noqa: N807
        super(base, cls).__init_subclass__(**kwargs)
        _hook_event_loop(cls)

    base.__init_subclass__ = classmethod(__init_subclass__)  # type: ignore[arg-type]
    kinds = [base]
    while kinds:
        kind = kinds.pop()
        _hook_event_loop(kind)
        kinds += kind.__subclasses__()


def _hook_event_loop(kind: Any) -> None:
    for name, wrapper in _IN_EVENT_LOOPS.items():
        # The methods of asyncio's own loops call `socket`.
        if not str(getattr(kind, name).__module__).startswith("asyncio"):
            hooks.wrap(kind, name, wrapper)


def _checking_loop_host(look_up: Any) -> Any:
    async def check_and_look_up(loop: Any, host: Any, *args: Any, **kwargs: Any) -> Any:
        is_ours = check(host)
        found = await look_up(loop, host, *args, **kwargs)
        if is_ours:
            opened.note_addresses(host, found)
        return found

    return check_and_look_up


def _checking_loop_connection(connect: Any) -> Any:
    async def check_and_connect(
        loop: Any, protocol_factory: Any, host: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        port = args[0] if args else kwargs.get("port")
        is_ours = _is_ours_at((host, port)) | check(kwargs.get("server_hostname"))
        connection = await connect(loop, protocol_factory, host, *args, **kwargs)
        if is_ours:
            opened.remember(connection[0])
        return connection

    return check_and_connect


def _checking_loop_socket(connect: Any) -> Any:
    async def check_and_connect(loop: Any, sock: Any, address: Any) -> Any:
        _see_connection(sock, address)
        return await connect(loop, sock, address)

    return check_and_connect


_IN_EVENT_LOOPS = {
    "getaddrinfo": _checking_loop_host,
    "create_connection": _checking_loop_connection,
    "sock_connect": _checking_loop_socket,
}


def _hook_pycares(pycares: ModuleType) -> None:
    """Hook c-ares, which aiodns uses. aiohttp uses aiodns if it is installed."""
    for name in ("getaddrinfo", "gethostbyname", "gethostbyaddr", "query", "search"):
        _wrap(getattr(pycares, "Channel", None), name, _checking_query)


def _checking_query(query: Any) -> Any:
    signature = inspect.signature(query)

    def check_and_query(*args: Any, **kwargs: Any) -> Any:
        _, host, *_ = signature.bind(*args, **kwargs).arguments.values()
        check(host)
        return query(*args, **kwargs)

    return check_and_query


def _check_url(url: object) -> None:
    """Check the host of *url* as libcurl reads it.

    libcurl adds a missing scheme, takes one to three slashes after it, and decodes the host.
    """
    text = url.decode("utf-8", "replace") if isinstance(url, bytes) else str(url or "")
    host_and_path = re.sub(r"\A\s*(?:[A-Za-z][A-Za-z0-9+.-]*:/{1,3})?", "", text, count=1)
    check(unquote(hosts.host_of(f"http://{host_and_path}")))


def _hook_pycurl(pycurl: ModuleType) -> None:
    """Replace the classes by subclasses, because classes written in C cannot be hooked."""
    if pycurl.Curl.__flags__ & _IS_HEAP_TYPE:
        return
    found = {name: getattr(pycurl.Curl, name, None) for name in _IN_CURL}
    methods = {name: _IN_CURL[name](method) for name, method in found.items() if method}
    own = {"__module__": "pycurl", "__doc__": pycurl.Curl.__doc__}
    pycurl.Curl = type("Curl", (pycurl.Curl,), own | methods)  # type: ignore[attr-defined]
    multi = {"add_handle": _checking_added_handle(pycurl.CurlMulti.add_handle)}
    own["__doc__"] = pycurl.CurlMulti.__doc__
    pycurl.CurlMulti = type(  # type: ignore[attr-defined]
        "CurlMulti", (pycurl.CurlMulti,), own | multi
    )


_IS_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class that Python code has made


def _hook_curl_cffi(curl: ModuleType) -> None:
    for name in ("setopt", "duphandle", "perform"):
        _wrap(getattr(curl, "Curl", None), name, _IN_CURL[name])


def _hook_async_curl_cffi(aio: ModuleType) -> None:
    _wrap(getattr(aio, "AsyncCurl", None), "add_handle", _checking_added_handle)


def _noting_url(setopt: Any) -> Any:
    def set_and_note(curl: Any, option: Any, value: Any) -> Any:
        if option == _CURLOPT_URL:
            curl._twilio_video_url = value
        return setopt(curl, option, value)

    return set_and_note


_CURLOPT_URL = 10002  # CURLOPT_URL -- curl/curl.h


def _handing_on_url(duplicate: Any) -> Any:
    def duplicate_and_note(curl: Any) -> Any:
        twin = duplicate(curl)
        twin._twilio_video_url = getattr(curl, "_twilio_video_url", "")
        return twin

    return duplicate_and_note


def _checking_handle(perform: Any) -> Any:
    def check_and_perform(curl: Any, *args: Any, **kwargs: Any) -> Any:
        _check_url(getattr(curl, "_twilio_video_url", ""))
        return perform(curl, *args, **kwargs)

    return check_and_perform


def _checking_added_handle(add_handle: Any) -> Any:
    def check_and_add(multi: Any, curl: Any) -> Any:
        _check_url(getattr(curl, "_twilio_video_url", ""))
        return add_handle(multi, curl)

    return check_and_add


_IN_CURL = {
    "setopt": _noting_url,
    "setopt_string": _noting_url,
    "duphandle": _handing_on_url,
    **dict.fromkeys(("perform", "perform_rb", "perform_rs"), _checking_handle),
}


def _hook_curl_cffi_sessions(session: ModuleType) -> None:
    """Check the URL before a session takes a handle, which an exception would not give back."""
    for kind in ("Session", "AsyncSession"):
        for name in ("request", "ws_connect"):
            _wrap(getattr(session, kind, None), name, _checking_session)


def _checking_session(send: Any) -> Any:
    signature = inspect.signature(send)

    def check_and_send(session: Any, *args: Any, **kwargs: Any) -> Any:
        url = signature.bind(session, *args, **kwargs).arguments.get("url", "")
        _check_url(urljoin(getattr(session, "base_url", None) or "", url))
        return send(session, *args, **kwargs)

    return check_and_send


_HOOKS: dict[str, Callable[[ModuleType], None]] = {
    **dict.fromkeys(("socket", *_GREEN_SOCKETS), _hook_socket),
    **dict.fromkeys(("ssl", "gevent.ssl", "eventlet.green.ssl"), _hook_ssl),
    "asyncio.events": _hook_event_loops,
    "curl_cffi.aio": _hook_async_curl_cffi,
    "curl_cffi.curl": _hook_curl_cffi,
    "curl_cffi.requests.session": _hook_curl_cffi_sessions,
    "pycares": _hook_pycares,
    "pycurl": _hook_pycurl,
    "pytest_socket": _hook_pytest_socket,
}
