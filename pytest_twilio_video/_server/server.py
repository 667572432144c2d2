"""The server of one fake."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar, Final

from .._browser import attaching
from .._fake.serving import Serving
from ..errors import InvalidArgumentError, TwilioVideoError
from .environment import environment


if TYPE_CHECKING:
    from collections.abc import Container

    from typing_extensions import Self

    from .. import FakeTwilioVideo
    from .application import Application
    from .listener import Listener


__all__ = ["FakeTwilioVideoServer", "credentials_of", "listen", "serve"]

__tracebackhide__ = True

LAST_PORT: Final = 65535


def listen(
    fake: FakeTwilioVideo, host: str = "127.0.0.1", port: int = 0, **options: Any
) -> Listener:
    """Return a listener that does not serve a fake yet. Its environment has *fake*'s credentials.

    Raises:
        TwilioVideoError: the extra ``server`` is not installed, the address does not exist on
            this machine, or the port is in use.

    """
    try:
        from .listener import Listener
    except ModuleNotFoundError as error:
        msg = (
            f"the server needs {error.name}, which is not installed.\n"
            f"Install the extra: pip install 'pytest-twilio-video[server]'"
        )
        raise TwilioVideoError(msg) from None
    return Listener(credentials_of(fake), host, port, **options)


def serve(
    fake: FakeTwilioVideo,
    listener: Listener,
    callback_hosts: Container[str] | None = None,
) -> FakeTwilioVideoServer:
    """Return a server for *fake* that uses *listener* while it is entered.

    With *callback_hosts*, callbacks are delivered from the start to live servers on these hosts
    and on this machine.
    """
    server = FakeTwilioVideoServer(fake)
    server._listener, server._callback_hosts = listener, callback_hosts  # noqa: SLF001 -- it is ours
    return server


def credentials_of(fake: FakeTwilioVideo) -> dict[str, str]:
    """Return the credentials that *fake* always accepts, by their environment variables.

    Unlike `fake.auth_token`, they never come from the environment, which may have real ones.
    """
    return fake._settings.environment  # noqa: SLF001 -- the fake is ours


class FakeTwilioVideoServer:
    """A server through which browsers and other processes use a fake Twilio Video.

    The fixture ``twilio_video_server`` is a running instance. Without pytest, use it as a context
    manager: ``with FakeTwilioVideoServer(fake) as server``.

    The server listens at *host* and *port*. Port 0 means any free port.

    Raises:
        InvalidArgumentError: an argument has the wrong type, or *port* is no port.
        TwilioVideoError: the extra ``server`` is not installed, *host* is not an address of this
            machine, or *port* is in use. It is raised when the server is entered.

    """

    chromium_args: ClassVar[tuple[str, ...]] = attaching.CHROMIUM_ARGS
    """Flags that give a headless Chromium a camera, a microphone, and media over loopback."""

    def __init__(self, fake: FakeTwilioVideo, host: str = "127.0.0.1", port: int = 0) -> None:
        _check(fake, host, port)
        self._fake = fake
        self._listener: Listener | None = None
        self._at = host, port
        self._callback_hosts: Container[str] | None = None
        self._entered = ExitStack()
        self._application: Application | None = None
        self._serving: Serving | None = None

    def __enter__(self) -> Self:
        with ExitStack() as entered:
            if self._listener is None:
                self._listener = listen(self._fake, *self._at)
                entered.callback(self._forget_listener)
                entered.enter_context(self._listener)
            from .served import Served
            from .sockets import Signaler

            serving = Serving(self._fake, self._callback_hosts)
            signaler = Signaler(serving)
            served = Served(serving, signaler)
            serving.start(served.changes.announce, signaler.wake)
            entered.callback(serving.stop)
            self._serving = serving
            self._listener.serve(served)
            entered.callback(self._listener.serve, None)
            entered.callback(signaler.stop)
            self._entered = entered.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._entered.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle a request as an ASGI application, which any ASGI server can run.

        If that server sends lifespan events, it follows the fake like the server of this class.
        """
        if self._application is None:
            from .application import Application
            from .authority import authority
            from .served import Served

            self._application = Application("", (), authority())
            self._application.served = Served(Serving(self._fake))
        await self._application(scope, receive, send)

    @property
    def url(self) -> str:
        """The URL of the server.

        The REST API is under ``/v1``, the control API under ``/_fake``, and the console at ``/``.
        """
        return self._running.url

    @property
    def ca_file(self) -> str:
        """The path of a PEM file with the public root certificates and the server's CA."""
        return self._running.ca_file

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by which a process in any language uses the fake.

        Add them to the environment of the process before it starts. Then its requests to
        https://video.twilio.com go through a proxy at `url`, and the fake answers them. The proxy
        forwards requests to other hosts. It connects to these directly, without any other proxy.
        """
        running = self._running
        return environment(running.url, running.ca_file, credentials_of(self._fake))

    @property
    def browser_script(self) -> str:
        """The JavaScript that `attach` runs in pages, for other drivers.

        It has to run before the page's own scripts.
        """
        return attaching.browser_script(self.url)

    @property
    def resolver_args(self) -> list[str]:
        """Flags that make Chromium connect to the fake at the hosts of Twilio.

        Only sdk.twilio.com keeps its address: a page may load the SDK from there. Pages need no
        script. The participants in such pages see one another. But the tracks of
        arranged participants are announced and never subscribed, and there is no media signaling.
        """
        return self._running.resolver_args

    def attach(self, target: Any) -> None:
        """Point a browser at the fake, before it opens the page.

        *target* is a ``Page`` or ``BrowserContext`` of Playwright's sync API, or a ``WebDriver``
        of Selenium for Chromium. With Selenium, attach each window: the script runs in the
        current one only.

        Raises:
            TwilioVideoError: *target* is something else.

        """
        attaching.attach(target, self.browser_script, self._hint)

    async def aattach(self, target: Any) -> None:
        """Point a ``Page`` or ``BrowserContext`` of Playwright's async API at the fake.

        Raises:
            TwilioVideoError: *target* is something else.

        """
        await attaching.aattach(target, self.browser_script, self._hint)

    @property
    def _running(self) -> Listener:
        if self._listener is None:
            msg = (
                "the server is not running. Use `with FakeTwilioVideoServer(fake) as server: ...`"
            )
            raise TwilioVideoError(msg)
        return self._listener

    def _hint(self, text: str) -> None:
        serving = self._serving
        if serving is not None:
            serving.step(lambda: serving.browsers.hint(text))

    def _forget_listener(self) -> None:
        self._listener = None

    def __repr__(self) -> str:
        where = "not running" if self._listener is None else f"at {self._listener.url}"
        return f"<FakeTwilioVideoServer {where}>"


def _check(fake: object, host: object, port: object) -> None:
    """Check the arguments of a server.

    Raises:
        InvalidArgumentError: one of them is invalid.

    """
    from .. import FakeTwilioVideo

    if not isinstance(fake, FakeTwilioVideo):
        msg = f"FakeTwilioVideoServer() takes a FakeTwilioVideo, not {fake!r}"
        raise InvalidArgumentError(msg)
    if not isinstance(host, str):
        msg = f"host is {host!r}, but must be text, like '127.0.0.1'"
        raise InvalidArgumentError(msg)
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= LAST_PORT:
        msg = f"port is {port!r}, but must be a whole number, from 0 to {LAST_PORT}"
        raise InvalidArgumentError(msg)
