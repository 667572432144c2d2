"""Exceptions and warnings for mistakes in a test.

* TwilioVideoError
  - BlockedRequestError
  - EndlessCallbacksError
  - InvalidArgumentError
  - InvalidFieldError
  - InvalidSettingError
  - MovedTimeError
  - RefusedError
  - UndeliverableCallbackError
* VideoSdkError
* LegacyRoomTypeWarning
* OpenRoomsWarning
* RunawayTimeWarning
* UnknownEndpointWarning
* UnknownParameterWarning
* UndeliverableCallbackWarning
* UnfinishedHandlerWarning

If Twilio refuses a request of the application, none of these is raised. The
refusal is an HTTP answer, which the client library turns into its own exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from typing_extensions import Self


__all__ = [
    "BlockedRequestError",
    "EndlessCallbacksError",
    "IgnoredSettingWarning",
    "InvalidArgumentError",
    "InvalidFieldError",
    "InvalidSettingError",
    "LegacyRoomTypeWarning",
    "MovedTimeError",
    "OpenRoomsWarning",
    "RefusedError",
    "RunawayTimeWarning",
    "TwilioVideoError",
    "UndeliverableCallbackError",
    "UndeliverableCallbackWarning",
    "UnfinishedHandlerWarning",
    "UnknownEndpointWarning",
    "UnknownParameterWarning",
    "UnusedFaultWarning",
    "VideoSdkError",
]


class TwilioVideoError(Exception):
    """The base class of errors that report a mistake in a test or its configuration."""


class BlockedRequestError(TwilioVideoError):
    """A request was about to leave this machine for Twilio Video.

    The message names the host and the test.
    """


class EndlessCallbacksError(TwilioVideoError, RuntimeError):
    """The handlers of callbacks cause further callbacks without end.

    The message shows which callbacks caused each other. The last one, and what is behind it, is
    still pending.
    """


class InvalidArgumentError(TwilioVideoError, ValueError):
    """A method of the fake, or of an object from it, was called with an invalid argument."""


class InvalidFieldError(TwilioVideoError, TypeError):
    """A resource has no field, or a callback or call no parameter, of that name."""


class InvalidSettingError(TwilioVideoError, ValueError):
    """A marker, the ini file or a keyword has an unknown setting, or an invalid value for one."""


class MovedTimeError(TwilioVideoError, RuntimeError):
    """Code that runs because the clock is moving tried to move the clock."""


class RefusedError(TwilioVideoError):
    """The test tried to arrange something that Twilio's rules do not allow.

    *code*, *message* and *status* are the same as in the REST API's answer to
    the same request. *detail* is our own text, which explains what is wrong
    with which argument; it is `None` if there is nothing to add.
    """

    def __init__(self, code: int, message: str, status: int, detail: str | None = None) -> None:
        why = f"{message} (code {code}, HTTP {status})"
        super().__init__(f"Twilio would refuse this: {why}" + (f": {detail}" if detail else ""))
        self.code = code
        self.detail = detail
        self.message = message
        self.status = status

    @classmethod
    def of(cls, refusal: Any) -> Self:
        """Make the error for *refusal*, which has the same four attributes."""
        return cls(refusal.code, refusal.message, refusal.status, refusal.detail)


class UndeliverableCallbackError(TwilioVideoError):
    """A status callback cannot be delivered, because no target takes its URL."""


class VideoSdkError(Exception):
    """The error of a client SDK that cannot connect or publish.

    It is not a mistake in the test: a test may expect it. *code* and *message*
    are Twilio's, e.g. 20104 for an expired access token. *detail* is our own
    text, which explains what Twilio does not reveal; it may be `None`.
    """

    def __init__(self, code: int, message: str, detail: str | None = None) -> None:
        super().__init__(f"{code}: {message}" + (f" ({detail})" if detail else ""))
        self.code = code
        self.message = message
        self.detail = detail


class IgnoredSettingWarning(UserWarning):
    """A setting has no effect, for instance ``start`` while freezegun holds the time."""


class LegacyRoomTypeWarning(UserWarning):
    """A room was created whose type new accounts cannot have: ``legacy_room_types`` is "warn"."""


class OpenRoomsWarning(UserWarning):
    """A test ended with rooms in progress, and ``open_rooms`` is ``"warn"``."""


class RunawayTimeWarning(UserWarning):
    """Threads and tasks that are not the test's moved the clock far, by sleeping again and again.

    From then on they sleep in real time.
    """


class UnknownEndpointWarning(UserWarning):
    """The application called a path that Twilio Video does not have, or used a wrong method."""


class UnknownParameterWarning(UserWarning):
    """The application sent a parameter that Twilio does not know, and ignores."""


class UndeliverableCallbackWarning(UserWarning):
    """A status callback was not delivered, because no target takes its URL."""


class UnusedFaultWarning(UserWarning):
    """An injected fault was never triggered, and ``unused_faults`` is ``"warn"``."""


class UnfinishedHandlerWarning(UserWarning):
    """The fake was left while a handler of callbacks was running, which could not be cancelled."""
