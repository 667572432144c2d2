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
* IgnoredSettingWarning
* LegacyRoomTypeWarning
* OpenRoomsWarning
* RunawayTimeWarning
* UndeliverableCallbackWarning
* UnfinishedHandlerWarning
* UnknownEndpointWarning
* UnknownParameterWarning
* UnusedFaultWarning

If Twilio would refuse a request of the application, none of these is raised.
The application gets an HTTP response, which the client library turns into its
own exception.
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
    """The guard blocked a request to Twilio Video before it left this machine.

    The message names the host and the test.
    """


class EndlessCallbacksError(TwilioVideoError, RuntimeError):
    """The handlers of callbacks cause further callbacks without end.

    The message shows which callbacks caused each other. The last callback is still pending, and
    so are the callbacks queued after it.
    """


class InvalidArgumentError(TwilioVideoError, ValueError):
    """A method of the fake, or of one of its objects, was called with an invalid argument."""


class InvalidFieldError(TwilioVideoError, TypeError):
    """A test named a field, a parameter or an event that does not exist."""


class InvalidSettingError(TwilioVideoError, ValueError):
    """A marker, the ini file or a keyword argument has an unknown setting or an invalid value."""


class MovedTimeError(TwilioVideoError, RuntimeError):
    """Code tried to move the clock while it was running because of a move of the clock."""


class RefusedError(TwilioVideoError):
    """The test tried to arrange something that Twilio's rules do not allow.

    *code*, *message* and *status* are what the REST API answers to the same
    request. *detail* is this plugin's own explanation of which argument is
    wrong, and why. It is `None` if the message needs no explanation.
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
    """Status callbacks cannot be delivered. The message says why."""


class VideoSdkError(Exception):
    """The error of a client SDK that cannot connect or publish.

    It is not a mistake in the test: a test may expect it. *code* and *message*
    are Twilio's, for example 20104 for an expired access token. *detail* is
    this plugin's own explanation, which Twilio does not give. It may be `None`.
    """

    def __init__(self, code: int, message: str, detail: str | None = None) -> None:
        super().__init__(f"{code}: {message}" + (f" ({detail})" if detail else ""))
        self.code = code
        self.message = message
        self.detail = detail


class IgnoredSettingWarning(UserWarning):
    """A setting has no effect, for example ``start`` while freezegun sets the time."""


class LegacyRoomTypeWarning(UserWarning):
    """A room has a type that new accounts cannot use, and ``legacy_room_types`` is ``"warn"``."""


class OpenRoomsWarning(UserWarning):
    """A test ended with rooms in progress, and ``open_rooms`` is ``"warn"``."""


class RunawayTimeWarning(UserWarning):
    """Threads or tasks other than the test's own have slept very often, and moved the clock far.

    From then on, they sleep in real time.
    """


class UnknownEndpointWarning(UserWarning):
    """The application called a path or a method that Twilio Video does not have."""


class UnknownParameterWarning(UserWarning):
    """The application sent an unknown parameter, which Twilio ignores."""


class UndeliverableCallbackWarning(UserWarning):
    """A status callback was not delivered, because no target takes its URL."""


class UnusedFaultWarning(UserWarning):
    """An injected fault was never triggered, and ``unused_faults`` is ``"warn"``."""


class UnfinishedHandlerWarning(UserWarning):
    """The fake was exited while the application still handled a callback and did not stop."""
