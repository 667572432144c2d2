"""A lobby that many workers open at once, with requests and the `Retry` of urllib3.

There is no call that says whether a room exists. Whoever comes first creates
it; to all others Twilio says "Room exists" (53113), and they fetch it.
"""

from __future__ import annotations

import os

import requests

from requests.adapters import HTTPAdapter
from urllib3 import Retry


ROOMS = "https://video.twilio.com/v1/Rooms"
ROOM_EXISTS = 53113


def connect() -> requests.Session:
    # urllib3 does as Retry-After says. A POST is no method that it repeats by itself; here it
    # may, since nothing is created twice under one name.
    policy = Retry(total=4, backoff_factor=1, status_forcelist=(429, 503), allowed_methods=None)
    session = requests.Session()
    session.auth = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
    session.mount("https://", HTTPAdapter(max_retries=policy))
    return session


def enter_lobby(session: requests.Session) -> str:
    """Return the SID of the lobby, which is open afterwards."""
    response = session.post(ROOMS, {"UniqueName": "lobby"}, timeout=10)
    if response.status_code == 400 and response.json()["code"] == ROOM_EXISTS:
        response = session.get(f"{ROOMS}/lobby", timeout=10)
    response.raise_for_status()
    return response.json()["sid"]
