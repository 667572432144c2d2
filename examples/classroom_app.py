"""A classroom: a page with Twilio's SDK for browsers, and the tokens for it.

The bundle of the SDK is served from the folder that TWILIO_VIDEO_JS names.
"""

import os

from pathlib import Path

from flask import Flask, abort, jsonify, request, send_file
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VideoGrant
from twilio.request_validator import RequestValidator
from twilio.rest import Client


app = Flask(__name__)
invitations: dict[str, str] = {}
"""The tokens of those who were invited in advance, by name."""
present: set[str] = set()
"""Those who are in class, as Twilio's webhooks tell."""


def token_for(identity: str, room: str) -> str:
    """Return an access token for *identity*, valid for an hour."""
    token = AccessToken(
        os.environ["TWILIO_ACCOUNT_SID"],
        os.environ["TWILIO_API_KEY_SID"],
        os.environ["TWILIO_API_KEY_SECRET"],
        identity=identity,
        ttl=3600,
    )
    token.add_grant(VideoGrant(room=room))
    made = token.to_jwt()
    return made if isinstance(made, str) else made.decode()


def open_class(name: str) -> str:
    """Open the room of a class, and return its SID."""
    client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
    hook = os.environ.get("CLASSROOM_URL", "") + "/hook"
    return client.video.v1.rooms.create(unique_name=name, status_callback=hook).sid


@app.get("/")
def page():
    return send_file(Path(__file__).with_name("classroom.html"))


@app.get("/twilio-video.js")
def bundle():
    return send_file(Path(os.environ["TWILIO_VIDEO_JS"]).resolve() / "twilio-video.js")


@app.get("/token")
def token():
    name, room = request.args["name"], request.args["room"]
    return jsonify(token=invitations.get(name) or token_for(name, room), room=room)


@app.post("/hook")
def hook():
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    signature = request.headers.get("X-Twilio-Signature", "")
    if not validator.validate(request.url, request.form, signature):
        abort(403)
    event, name = request.form["StatusCallbackEvent"], request.form.get("ParticipantIdentity")
    if event == "participant-connected":
        present.add(name)
    elif event == "participant-disconnected":
        present.discard(name)
    return "", 204


@app.get("/present")
def present_now():
    return jsonify(sorted(present))
