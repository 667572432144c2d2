"""Connections: the lower layer of the protocol, with the client's hello and its messages.

A connection has no socket. `receive` takes each frame that arrives, and each frame that is to be
sent is an `Output`.
"""

from __future__ import annotations

import json

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from .shapes import BODY, MEDIA, misfit


if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["Connection", "Messages", "Output"]

NEGOTIATED_TIMEOUT: Final = 600_000_000
"""Milliseconds between two heartbeats: a week, so that no timer is needed."""
LONGEST_BUSY: Final = 2_000_000_000
"""How long a client is asked to wait, in milliseconds: nearly as long as JavaScript allows."""


class Output(NamedTuple):
    """What the owner of a socket has to do: send *text*, or abort the socket if it is `None`."""

    connection: Connection
    text: str | None


class Messages(Protocol):
    """The upper layer, which handles the messages of all connections."""

    outputs: list[Output]

    def is_kept_out(self, session: str | None) -> bool:
        """Return whether the client of *session* must wait for the answer to its hello."""

    def wait(self, connection: Connection, session: str | None) -> None:
        """Remember *connection*, which waits until the client of *session* may return."""

    def take(self, connection: Connection, body: dict[str, Any]) -> None:
        """Handle a message."""

    def refuse(self, connection: Connection, body: Any, place: str) -> None:
        """Handle a message that is malformed at *place*."""

    def take_media(self, connection: Connection, frame: dict[str, Any]) -> None:
        """Handle a message of the script in the page."""

    def lose(self, connection: Connection) -> None:
        """Handle the loss of the socket."""


class Connection:
    """The protocol on one socket of a client, without the socket itself.

    Its state is ``new`` until the client sends its hello, ``waiting`` while the test interrupts
    the client's network, then ``open``, and ``over`` when either side has closed the socket.
    """

    def __init__(self, messages: Messages, *, has_script: bool) -> None:
        self.messages = messages
        self.has_script = has_script
        """Whether the page has the script that `attach` injects."""
        self.state = "new"
        self.session: str | None = None
        self.identity: str | None = None
        """The identity of the participant, for the report of a failed test."""
        self._held: dict[str, Any] | None = None

    def receive(self, text: str) -> None:
        """Handle one frame of the client."""
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            frame = None
        if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
            self.complain("a frame must be a JSON object with a type")
            return
        step = _STEPS.get((self.state, frame["type"]))
        if step is not None:
            step(self, frame)

    def lost(self) -> None:
        """Handle the loss of the socket."""
        if self.state != "over":
            self.state = "over"
            self.messages.lose(self)

    def send(self, body: dict[str, Any]) -> None:
        """Send a message."""
        self._send({"type": "msg", "body": body})

    def send_media(self, frame: dict[str, Any]) -> None:
        """Send *frame* to the script in the page. Without a script, it is an error for the SDK."""
        if self.has_script:
            self._send({"type": "msp", **frame})

    def open(self) -> None:
        """Answer the hello, and ignore the message that came with it."""
        self.state = "open"
        self._held = None
        self._send({"type": "welcome", "negotiatedTimeout": NEGOTIATED_TIMEOUT})

    def welcome(self) -> None:
        """Answer the hello, and handle the message that came with it."""
        body = self._held
        self.open()
        if body is not None:
            self.messages.take(self, body)

    def abort(self) -> None:
        """Close the socket without a message, as a lost network does."""
        self.state = "over"
        self.messages.outputs.append(Output(self, None))

    def complain(self, reason: str) -> None:
        """Tell the client that its last frame was wrong. After a hello, the client gives up."""
        self._send({"type": "bad", "reason": reason})

    def _hello(self, frame: dict[str, Any]) -> None:
        body = frame.get("body")
        place = None if body is None else misfit(body, BODY)
        if place is not None:
            self.messages.refuse(self, body, place)
            return
        self._held = body
        session = (body or {}).get("session")
        if self.messages.is_kept_out(session):
            self.messages.wait(self, session)
            self.state = "waiting"
            self._send({"type": "busy", "retryAfter": LONGEST_BUSY, "keepAlive": True})
        else:
            self.welcome()

    def _message(self, frame: dict[str, Any]) -> None:
        body = frame.get("body")
        place = misfit(body, BODY)
        if place is None:
            self.messages.take(self, frame["body"])
        else:
            self.messages.refuse(self, body, place)

    def _media(self, frame: dict[str, Any]) -> None:
        if misfit(frame, MEDIA) is None:
            self.messages.take_media(self, frame)
        else:
            self.complain("the message of the script is malformed")

    def _bye(self, _frame: dict[str, Any]) -> None:
        self.lost()

    def _send(self, frame: dict[str, Any]) -> None:
        self.messages.outputs.append(Output(self, json.dumps(frame)))


_STEPS: Final[dict[tuple[str, str], Callable[[Connection, dict[str, Any]], None]]] = {
    ("new", "hello"): Connection._hello,  # noqa: SLF001 -- the table of its own steps
    ("waiting", "hello"): Connection._hello,  # noqa: SLF001
    ("open", "msg"): Connection._message,  # noqa: SLF001
    ("open", "msp"): Connection._media,  # noqa: SLF001
    ("new", "bye"): Connection._bye,  # noqa: SLF001
    ("waiting", "bye"): Connection._bye,  # noqa: SLF001
    ("open", "bye"): Connection._bye,  # noqa: SLF001
}
"""How a frame is handled, by the state of the connection and the type of the frame.

All other frames are ignored.
"""
