"""Connections: the lower layer of the protocol, by which a client says hello and sends messages.

A connection has no socket. What arrives goes into `receive`, and what is to be sent comes out as
`Output`.
"""

from __future__ import annotations

import json

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from .shapes import BODY, MEDIA, fits


if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["Connection", "Output", "Room"]

NEGOTIATED_TIMEOUT: Final = 600_000_000
"""Milliseconds between two heartbeats. With a week of them, nobody needs a timer."""
LONGEST_BUSY: Final = 2_000_000_000
"""Milliseconds for which a client is told to wait. JavaScript's timers take little more."""


class Output(NamedTuple):
    """What the owner of a socket has to do: send *text*, or abort the socket if it is `None`."""

    connection: Connection
    text: str | None


class Room(Protocol):
    """Who takes the messages of a connection: the upper layer."""

    outputs: list[Output]

    def must_wait(self, connection: Connection, body: dict[str, Any] | None) -> bool:
        """Whether the client that says hello with *body* is to wait for its welcome."""

    def take(self, connection: Connection, body: dict[str, Any]) -> None:
        """Take a message."""

    def take_media(self, connection: Connection, frame: dict[str, Any]) -> None:
        """Take what the script in the page says."""

    def lose(self, connection: Connection) -> None:
        """Take note that the socket is gone."""


class Connection:
    """One socket of a client, without the socket.

    It is ``new`` until the client says hello, ``waiting`` while the test holds the client's
    network back, then ``open``, and ``over`` once either side has closed it.
    """

    def __init__(self, room: Room, *, has_script: bool) -> None:
        self.room = room
        self.has_script = has_script
        """Whether the page has the script that `attach` injects."""
        self.state = "new"
        self.session: str | None = None
        self._held: dict[str, Any] | None = None

    def receive(self, text: str) -> None:
        """Take one frame of the client."""
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            frame = None
        if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
            self._refuse("a frame must be a JSON object with a type")
            return
        step = _STEPS.get((self.state, frame["type"]))
        if step is not None:
            step(self, frame)

    def lost(self) -> None:
        """Take note that the socket is gone."""
        if self.state != "over":
            self.state = "over"
            self.room.lose(self)

    def send(self, body: dict[str, Any]) -> None:
        """Send a message."""
        self._send({"type": "msg", "body": body})

    def send_media(self, frame: dict[str, Any]) -> None:
        """Tell the script in the page something. The SDK alone would take it for an error."""
        if self.has_script:
            self._send({"type": "msp", **frame})

    def welcome(self) -> None:
        """Let the client in that had to wait."""
        self.state = "open"
        self._send({"type": "welcome", "negotiatedTimeout": NEGOTIATED_TIMEOUT})
        if self._held is not None:
            body, self._held = self._held, None
            self.room.take(self, body)

    def abort(self) -> None:
        """Cut the socket without a word, as a lost network does."""
        self.state = "over"
        self.room.outputs.append(Output(self, None))

    def _hello(self, frame: dict[str, Any]) -> None:
        body = frame.get("body")
        self._held = body if fits(body, BODY) else None
        if self.room.must_wait(self, self._held):
            self.state = "waiting"
            self._send({"type": "busy", "retryAfter": LONGEST_BUSY, "keepAlive": True})
        else:
            self.welcome()

    def _message(self, frame: dict[str, Any]) -> None:
        if fits(frame.get("body"), BODY):
            self.room.take(self, frame["body"])
        else:
            self._refuse("the message is malformed")

    def _media(self, frame: dict[str, Any]) -> None:
        if fits(frame, MEDIA):
            self.room.take_media(self, frame)
        else:
            self._refuse("the message of the script is malformed")

    def _bye(self, _frame: dict[str, Any]) -> None:
        self.lost()

    def _refuse(self, reason: str) -> None:
        self._send({"type": "bad", "reason": reason})

    def _send(self, frame: dict[str, Any]) -> None:
        self.room.outputs.append(Output(self, json.dumps(frame)))


_STEPS: Final[dict[tuple[str, str], Callable[[Connection, dict[str, Any]], None]]] = {
    ("new", "hello"): Connection._hello,  # noqa: SLF001 -- the table of its own steps
    ("waiting", "hello"): Connection._hello,  # noqa: SLF001
    ("open", "msg"): Connection._message,  # noqa: SLF001
    ("open", "msp"): Connection._media,  # noqa: SLF001
    ("new", "bye"): Connection._bye,  # noqa: SLF001
    ("waiting", "bye"): Connection._bye,  # noqa: SLF001
    ("open", "bye"): Connection._bye,  # noqa: SLF001
}
"""What happens with which frame in which state. All other frames are ignored."""
