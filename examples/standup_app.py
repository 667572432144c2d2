"""A stand-up meeting in a Flask app, on Twilio's own client.

It opens a room, receives Twilio's callbacks, and shows whether the meeting is
on. It contains no code for tests.
"""

from __future__ import annotations

import os

from flask import Flask, abort, request
from twilio.request_validator import RequestValidator
from twilio.rest import Client


def create_app() -> Flask:
    app = Flask(__name__)
    standups: dict[str, str] = {}

    @app.post("/standups")
    def open_standup():
        client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
        room = client.video.v1.rooms.create(
            unique_name=request.json["name"],
            max_participants=10,
            status_callback="https://standups.example.com/twilio",
        )
        standups[room.sid] = "open"
        return {"sid": room.sid}, 201

    @app.get("/standups/<sid>")
    def show_standup(sid):
        return {"status": standups[sid]}

    @app.post("/twilio")
    def hear_from_twilio():
        validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(request.url, request.form, signature):
            abort(403)
        if request.form["StatusCallbackEvent"] == "room-ended":
            standups[request.form["RoomSid"]] = "closed"
        return "", 204

    return app
