"""Consultations by an application that does not give up at once, with tenacity.

Twilio is down for a moment, too busy, or the connection breaks: it waits and
tries again. What Twilio has decided, it does not ask a second time. And since
an answer can be lost after the work was done, "Room exists" means that the room
is there, not that something is wrong.
"""

from __future__ import annotations

import requests

from tenacity import retry, retry_if_exception, stop_after_attempt, wait_exponential
from twilio.base.exceptions import TwilioRestException


ROOM_EXISTS = 53113


def is_passing(error: BaseException) -> bool:
    """Tell whether *error* may be gone at the next attempt."""
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
    """Return the room of that *name*, which is open afterwards in any case."""
    try:
        return client.video.v1.rooms.create(unique_name=name, max_participants=2)
    except TwilioRestException as error:
        if error.code != ROOM_EXISTS:
            raise
    return client.video.v1.rooms(name).fetch()
