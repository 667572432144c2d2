"""Consultations in an application that retries failed requests, with tenacity.

If Twilio is down for a moment or too busy, or if the connection breaks, the
application waits and tries again. If Twilio refuses a request, it does not
retry. An answer can be lost after the room was created. So "Room exists" is not
an error: the room is there.
"""

from __future__ import annotations

import requests

from tenacity import retry, retry_if_exception, stop_after_attempt, wait_exponential
from twilio.base.exceptions import TwilioRestException


ROOM_EXISTS = 53113


def is_passing(error: BaseException) -> bool:
    """Return whether the next attempt may succeed after *error*."""
    if isinstance(error, TwilioRestException):
        return error.status == 429 or error.status >= 500
    return isinstance(error, (requests.ConnectionError, requests.Timeout))


patiently = retry(
    retry=retry_if_exception(is_passing),
    wait=wait_exponential(min=1, max=30),
    stop=stop_after_attempt(5),
    reraise=True,
)


@patiently
def open_consultation(client, name):
    """Return the room of that *name*, and create it if necessary."""
    try:
        return client.video.v1.rooms.create(unique_name=name, max_participants=2)
    except TwilioRestException as error:
        if error.code != ROOM_EXISTS:
            raise
    return client.video.v1.rooms(name).fetch()
