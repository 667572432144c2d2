"""Mistakes in a test, as opposed to refusals of the service.

* TwilioVideoError
  - BlockedRequestError
  - InvalidArgumentError
  - InvalidFieldError
  - InvalidSettingError
  - MovedTimeError
  - RefusedError
  - UndeliverableCallbackError
* VideoSdkError
* OpenRoomsWarning
* UnknownEndpointWarning
* UndeliverableCallbackWarning

What Twilio itself refuses is none of these: it is an HTTP answer, and reaches
a test as the exception of the client library that asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from typing_extensions import Self


__all__ = [
    "BlockedRequestError",
    "InvalidArgumentError",
    "InvalidFieldError",
    "InvalidSettingError",
    "MovedTimeError",
    "OpenRoomsWarning",
    "RefusedError",
    "TwilioVideoError",
    "UndeliverableCallbackError",
    "UndeliverableCallbackWarning",
    "UnknownEndpointWarning",
    "VideoSdkError",
]


class TwilioVideoError(Exception):
    """The test, or its configuration, asks for something that cannot be."""


class BlockedRequestError(TwilioVideoError):
    """A request was about to leave this machine for video.twilio.com."""


class InvalidArgumentError(TwilioVideoError, ValueError):
    """A method of the fake, or of what it returned, was given what it cannot take."""


class InvalidFieldError(TwilioVideoError, TypeError):
    """A resource has no field, or a callback no parameter, of that name."""


class InvalidSettingError(TwilioVideoError, ValueError):
    """A marker, an ini line or a keyword sets what does not exist, or to what cannot be."""


class MovedTimeError(TwilioVideoError, RuntimeError):
    """Something that runs because time moved tries to move time itself."""


class RefusedError(TwilioVideoError):
    """Something arranged from the test is against Twilio's rules.

    *code*, *message* and *status* are what the REST API would have answered to
    the same; *detail* is ours, and says what is wrong with what was given.
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
        """Return the error of *refusal*, which bears the same four."""
        return cls(refusal.code, refusal.message, refusal.status, refusal.detail)


class UndeliverableCallbackError(TwilioVideoError):
    """A status callback has nowhere to go."""


class VideoSdkError(Exception):
    """What a client SDK gets when it cannot connect or publish.

    Not a mistake in the test: tests expect it. *code* and *message* are
    Twilio's own, e.g. 20104 for an expired access token; *detail* is ours, and
    tells what was wrong where Twilio would not.
    """

    def __init__(self, code: int, message: str, detail: str | None = None) -> None:
        super().__init__(f"{code}: {message}" + (f" ({detail})" if detail else ""))
        self.code = code
        self.message = message
        self.detail = detail


class OpenRoomsWarning(UserWarning):
    """A test ended with rooms in progress, and ``open_rooms="warn"`` asks to be told."""


class UnknownEndpointWarning(UserWarning):
    """The application called a path or a verb that Twilio Video does not have."""


class UndeliverableCallbackWarning(UserWarning):
    """No target takes the URL of a status callback, so it was not delivered."""
