"""The command ``fake-twilio-video``: the server, for tests that are not written in Python."""

from __future__ import annotations

import argparse
import logging
import shlex
import signal
import sys
import warnings

from threading import Event
from typing import TYPE_CHECKING, Any, Final, NoReturn

from .._engine.settings import SETTINGS, Settings
from ..errors import InvalidSettingError, TwilioVideoError


if TYPE_CHECKING:
    from collections.abc import Sequence

    from .. import FakeTwilioVideo
    from .server import FakeTwilioVideoServer


__all__ = ["run"]

PORT: Final = 4080
_ENDING: Final = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGBREAK")
    if hasattr(signal, name)  # The last one is on Windows only.
]


def run(arguments: Sequence[str]) -> int:
    """Serve until a signal arrives, and return 0. If the server cannot start, return 1."""
    warnings.simplefilter("ignore")  # The user of the command can do nothing about them.
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        settings = _settings(options)
    except InvalidSettingError as error:
        parser.error(str(error))
    for number in _ENDING:
        signal.signal(number, _end)
    try:
        _serve(options, settings)
    except KeyboardInterrupt:
        return 0
    except TwilioVideoError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1


def _end(*_: object) -> NoReturn:
    """End the command. Further signals have no effect."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _serve(options: argparse.Namespace, settings: dict[str, Any]) -> NoReturn:
    """Serve for ever."""
    from .._fake.fake import FakeTwilioVideo
    from .server import listen, serve

    fake = FakeTwilioVideo(**settings)
    allowed = {"allow_hosts": tuple(options.allow_host), "allow_tunnel": options.allow_tunnel}
    callback_hosts = frozenset(host.lower() for host in options.callback_host)
    with (
        listen(fake, options.host, options.port, **allowed) as listener,
        serve(fake, listener, callback_hosts) as server,
    ):
        _log(options.log_level)
        print(_banner(fake, server), flush=True)
        while True:
            Event().wait(0.5)  # Without a timeout, Windows would not handle the signal.


def _banner(fake: FakeTwilioVideo, server: FakeTwilioVideoServer) -> str:
    from .server import credentials_of

    environment = server.environment
    # The variables that are set here may be the secrets of a real account.
    credentials = credentials_of(fake)
    # Different clients read different variables. The lowercase names are for clients that read
    # both.
    proxy = [
        f"  {name}={value}"
        for name, value in environment.items()
        if name.isupper() and "TWILIO" not in name
    ]
    user = f"{credentials['TWILIO_ACCOUNT_SID']}:{credentials['TWILIO_AUTH_TOKEN']}"
    command = ["curl", "-u", user, "-d", "UniqueName=standup", f"{server.url}/v1/Rooms"]
    return "\n".join(
        [
            f"A fake Twilio Video is running at {server.url}. Ctrl+C ends it.",
            f"Its console is there, too: open {server.url}/ in a browser.",
            "",
            "Its credentials:",
            *(f"  {name}={value}" for name, value in credentials.items()),
            "",
            "Create a room:",
            f"  {shlex.join(command)}",
            "",
            f"Control it: {server.url}/_fake (described by {server.url}/_fake/openapi.json)",
            "",
            "Clients that call https://video.twilio.com reach it through a proxy, if they trust",
            "its certificates:",
            *proxy,
        ]
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print *message* and the names of all options, and end with status 2."""
        names = [action.option_strings[-1] for action in self._actions]
        self.exit(2, f"{self.prog}: {message}\nThe options are: {', '.join(names)}\n")


def _parser() -> _Parser:
    parser = _Parser(
        prog="fake-twilio-video",
        description="Run a server with a fake Twilio Video on this machine, until Ctrl+C.",
        allow_abbrev=False,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--host", default="127.0.0.1", help="the address to listen at; 0.0.0.0 means all addresses"
    )
    add("--port", type=_port, default=PORT, help="the port to listen at; 0 means any free port")
    add(
        "--callback-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another host, besides this machine, that callbacks may be sent to (repeatable)",
    )
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another host name by which clients may call the server (repeatable)",
    )
    add(
        "--allow-tunnel",
        action="store_true",
        help="let other machines use the server as a proxy to other hosts, not only this machine",
    )
    levels = ["debug", "info", "warning", "error"]
    add("--log-level", choices=levels, default="warning", help="what to log; info shows requests")
    group = parser.add_argument_group("settings, the same as for the fixture twilio_video")
    for name, setting in SETTINGS.items():
        default = "running" if name == "clock" else argparse.SUPPRESS
        meaning = setting.metadata["meaning"].replace("%", "%%")
        group.add_argument(_option(name), metavar="VALUE", default=default, help=meaning)
    return parser


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings in *options*.

    Raises:
        InvalidSettingError: a setting has an invalid value.

    """
    settings = {}
    for name in SETTINGS:
        if name in options:
            try:
                settings[name] = Settings.value_from_text(name, getattr(options, name))
            except InvalidSettingError as error:
                msg = str(error).replace(f"twilio_video_{name}", _option(name), 1)
                raise InvalidSettingError(msg) from None
    Settings.merge(settings)
    return settings


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _port(text: str) -> int:
    largest = 65535
    if not (text.isascii() and text.isdigit() and int(text) <= largest):
        msg = f"{text!r} is not a port, which is a whole number from 0 to {largest}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _log(level: str) -> None:
    from .connection import LOGGER

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(level.upper())
