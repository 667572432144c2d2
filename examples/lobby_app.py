"""A lobby that many workers open at once, with requests and the `Retry` of urllib3.

Twilio has no call that creates a room or returns the existing one. So the
first worker creates it. All others get "Room exists" (53113), and fetch it.
"""

from __future__ import annotations

import os

import requests

from requests.adapters import HTTPAdapter
from urllib3 import Retry


ROOMS = "https://video.twilio.com/v1/Rooms"
ROOM_EXISTS = 53113


def connect() -> requests.Session:
    # urllib3 obeys Retry-After. By default it does not repeat a POST; here it may, because a
    # second room of the same name cannot be created.
    policy = Retry(total=4, backoff_factor=1, status_forcelist=(429, 503), allowed_methods=None)
    session = requests.Session()
    session.auth = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
    session.mount("https://", HTTPAdapter(max_retries=policy))
    return session


def enter_lobby(session: requests.Session) -> str:
    """Return the SID of the lobby, and create the lobby if necessary."""
    response = session.post(ROOMS, {"UniqueName": "lobby"}, timeout=10)
    if response.status_code == 400 and response.json()["code"] == ROOM_EXISTS:
        response = session.get(f"{ROOMS}/lobby", timeout=10)
    response.raise_for_status()
    return response.json()["sid"]
