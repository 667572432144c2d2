"""Signaling of one fake, with simulated clients, without a browser or a socket."""

from __future__ import annotations

from simulated_sdk import Client, Network

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video._browser.signaling import Signaling
from pytest_twilio_video._fake.browsers import Browsers


def make_token(fake: FakeTwilioVideo, identity: str) -> str:
    import jwt

    now = int(fake.clock.now.timestamp())
    claims = {
        "iss": fake.api_key_sid,
        "sub": fake.account_sid,
        "iat": now,
        "exp": now + 3600,
        "jti": f"{fake.api_key_sid}-{now}",
        "grants": {"identity": identity, "video": {}},
    }
    token = jwt.encode(
        claims, fake.api_key_secret, "HS256", {"typ": "JWT", "cty": "twilio-fpa;v=1"}
    )
    return token if isinstance(token, str) else token.decode()


class Meeting:
    """Signaling of one fake, and the clients that use it."""

    def __init__(self, fake: FakeTwilioVideo) -> None:
        self.fake = fake
        self.browsers = Browsers(fake)
        self.signaling = Signaling(self.browsers)
        self.browsers.start(lambda: None)
        self.network = Network(self.signaling, [])

    def client(self, identity: str) -> Client:
        """Return a client that has not opened its socket."""
        client = Client(self.signaling, make_token(self.fake, identity))
        self.network.clients.append(client)
        return client

    def join(self, identity: str, *tracks: str, has_script: bool = False) -> Client:
        """Return a client that has joined with *tracks*: ``"audio-1"``."""
        client = self.client(identity)
        for track in tracks:
            client.tracks.append(track)
            client.enabled[track] = True
        client.open(has_script=has_script)
        self.settle()
        return client

    def settle(self) -> None:
        """Let everything arrive, and everybody learn what changed in the fake."""
        self.network.settle()
        self.signaling.refresh()
        self.network.settle()
