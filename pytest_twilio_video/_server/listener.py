"""The listener: an address and a thread, which serve one fake after another."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import warnings

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from .._engine import time_sources
from ..errors import TwilioVideoError
from .authority import authority
from .environment import environment


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Deprecations inside of these libraries do not matter here.
    import uvicorn

    from uvicorn.server import ServerState

    from .application import Application
    from .connection import LARGEST_HEAD, LOGGER, HttpConnection
    from .front import Front, Ways, shut_down
    from .sockets import Socket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from .served import Served


__all__ = ["Listener"]

MOST_CONNECTIONS: Final = 512 if sys.platform != "win32" else 240
"""Windows selects among 512 sockets at most, and a tunnel has two."""
MOST_CONTROL_REQUESTS: Final = 32
"""How many requests of the control API run at the same time. Others wait."""
KEEP_ALIVE: Final = 75
"""How many real seconds an idle connection stays open."""


class Listener:
    """An address, which can be passed to other processes before there is a fake to serve.

    While it serves no fake, it answers with status 503.
    """

    def __init__(
        self,
        credentials: Mapping[str, str],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        allow_hosts: tuple[str, ...] = (),
        allow_tunnel: bool = False,
    ) -> None:
        """Listen at *host* and *port*. 0 means any free port.

        Raises:
            TwilioVideoError: the address does not exist on this machine, or the port is in use.

        """
        self._socket = _bound(host, port)
        with ExitStack() as if_it_fails:
            if_it_fails.callback(self._socket.close)
            self._authority = authority()
            port = self._socket.getsockname()[1]
            self.url = f"http://{_reachable(host)}:{port}"
            """The URL of the server."""
            self.environment = environment(self.url, self._authority.file, credentials)
            """The variables to add to the environment of a process before it is started."""
            self.ca_file = str(self._authority.file)
            """The path of a PEM file with the public root certificates and the server's CA."""
            self._served: Served | None = None
            self._application = Application(self.url, (host, *allow_hosts), self._authority)
            self._workers = ThreadPoolExecutor(MOST_CONTROL_REQUESTS, "twilio-video-control")
            self._ways = Ways(
                self._authority,
                self._connection,
                self._web_socket,
                may_tunnel=allow_tunnel,
                most=MOST_CONNECTIONS,
            )
            self._config = uvicorn.Config(
                self._application,
                ws="none",
                lifespan="off",
                log_config=None,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE,
                h11_max_incomplete_event_size=LARGEST_HEAD,
            )
            self._config.load()
            self._state = ServerState()
            self._loop = _Loop()
            self._thread = threading.Thread(
                target=self._run, name="twilio-video-server", daemon=True
            )
            self._servers: list[asyncio.Server] = []
            self._sockets = [self._socket]
            self._tls_port: int | None = None
            self._started: Future[None] = Future()
            self._thread.start()
            self._started.result()
            if_it_fails.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def serve(self, served: Served | None) -> None:
        """Serve *served* from now on. `None` means no fake. All open connections are closed."""
        asyncio.run_coroutine_threadsafe(self._serve(served), self._loop).result()

    @property
    def resolver_args(self) -> list[str]:
        """Flags that make Chromium connect to this server at the hosts of Twilio, over TLS.

        Only sdk.twilio.com keeps its address: a page may load the SDK from there. The flags need
        a separate port, which is opened when this is first called.
        """
        if self._tls_port is None:
            opening = asyncio.run_coroutine_threadsafe(self._open_tls(), self._loop)
            self._tls_port = opening.result()
        host = urlsplit(self.url).netloc.rpartition(":")[0]  # An IPv6 address has brackets here.
        rules = f"EXCLUDE sdk.twilio.com, MAP *.twilio.com {host}:{self._tls_port}"
        return [
            f"--host-resolver-rules={rules}",
            f"--ignore-certificate-errors-spki-list={self._authority.fingerprint}",
        ]

    def close(self) -> None:
        """Close everything. Closing it twice has no effect."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._workers.shutdown(wait=True, cancel_futures=True)

    async def _serve(self, served: Served | None) -> None:
        self._served = None
        for _ in range(3):  # A connection that was accepted is in the list after three turns.
            self._drop_waiting()
            self._ways.close_all()
            await asyncio.sleep(0)
        self._served = served

    def _drop_waiting(self) -> None:
        """Close the connections that wait to be accepted, because they are for another fake."""
        for listening in self._sockets:
            with suppress(OSError):  # None is left.
                while True:
                    connection, _ = listening.accept()
                    connection.close()

    def _connection(self) -> HttpConnection:
        state = {"served": self._served, "workers": self._workers}
        return HttpConnection(self._config, self._state, state, self._ways.open.discard)

    def _web_socket(self) -> Socket:
        signaler = self._served.signaler if self._served else None
        return Socket(signaler, self._ways.open.discard)

    async def _open_tls(self) -> int:
        bound = _bound(self._socket.getsockname()[0], 0)
        self._sockets.append(bound)
        server = await self._loop.create_server(
            lambda: Front(self._ways),
            sock=bound,
            ssl=self._authority.context_for_any,
            backlog=1024,
        )
        self._servers.append(server)
        port: int = bound.getsockname()[1]
        return port

    def _run(self) -> None:
        loop = self._loop
        asyncio.set_event_loop(loop)
        loop.set_exception_handler(_log)
        try:
            server = loop.run_until_complete(
                loop.create_server(lambda: Front(self._ways), sock=self._socket, backlog=1024)
            )
            self._servers.append(server)
        except BaseException as error:  # noqa: BLE001 -- it is raised in the other thread
            self._started.set_exception(error)
            return
        self._started.set_result(None)
        try:
            loop.run_forever()
            self._drop_waiting()
            for server in self._servers:
                for listening in server.sockets:
                    shut_down(listening)
                server.close()
            self._ways.close_all()
            loop.run_until_complete(_cancel_all())
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that uses real time, even while freezegun is active, and ends at once."""

    def time(self) -> float:
        return time_sources.real_monotonic()

    async def getaddrinfo(self, *asked: Any, **options: Any) -> Any:
        """Look up a name, on a thread that the process does not wait for at its end."""
        found = self.create_future()

        def tell(result: Any, error: OSError | ValueError | None) -> None:
            if found.done():
                return
            if error is None:
                found.set_result(result)
            else:
                found.set_exception(error)

        def look_up() -> None:
            result, problem = None, None
            try:
                result = socket.getaddrinfo(*asked, **options)
            except (OSError, ValueError) as error:  # For example, IDNA rejects the name.
                problem = error
            with suppress(RuntimeError):  # The loop has been closed meanwhile.
                self.call_soon_threadsafe(tell, result, problem)

        threading.Thread(target=look_up, name="twilio-video-lookup", daemon=True).start()
        return await found


async def _cancel_all() -> None:
    """Cancel all tasks of the loop, and wait until they have ended."""
    for _ in range(2):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _log(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    LOGGER.error("%s", context.get("message"), exc_info=context.get("exception"))


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError) as error:
        raise TwilioVideoError(_cannot_listen(host, port, error)) from None
    try:
        if sys.platform == "win32":  # There, SO_REUSEADDR would allow two servers at one port.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(1024)
        bound.settimeout(0)
    except (OSError, OverflowError) as error:
        bound.close()
        raise TwilioVideoError(_cannot_listen(host, port, error)) from None
    return bound


def _cannot_listen(host: str, port: int, error: Exception) -> str:
    return (
        f"the server cannot listen at {host}, port {port}: {error}. "
        f"If the port is in use, choose another one, or 0 for any free port"
    )


def _reachable(host: str) -> str:
    """Return *host* as it is written in a URL. If *host* means all addresses, return loopback."""
    name = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    return f"[{name}]" if ":" in name and not name.startswith("[") else name
