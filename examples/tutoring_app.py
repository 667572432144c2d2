"""Private lessons in a Flask app: a room for each lesson, and a token for who takes part in it.

The app itself joins nothing. Its pages ask it for an access token and join from
the browser; Twilio tells the app who was there, and for how long.
"""

from __future__ import annotations

import os

from flask import Flask, abort, request
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VideoGrant
from twilio.rest import Client


def create_app() -> Flask:
    app = Flask(__name__)
    enrolled: dict[str, list[str]] = {}
    attendance: dict[str, dict[str, int]] = {}

    @app.post("/lessons/<name>")
    def arrange_lesson(name):
        client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
        room = client.video.v1.rooms.create(
            unique_name=name,
            max_participants=2,
            status_callback="https://lessons.example.com/twilio",
        )
        enrolled[name] = request.json["people"]
        attendance[name] = {}
        return {"sid": room.sid}, 201

    @app.post("/lessons/<name>/tokens/<person>")
    def mint_token(name, person):
        if person not in enrolled[name]:
            abort(403)
        token = AccessToken(
            os.environ["TWILIO_ACCOUNT_SID"],
            os.environ["TWILIO_API_KEY_SID"],
            os.environ["TWILIO_API_KEY_SECRET"],
            identity=person,
            ttl=3600,
        )
        token.add_grant(VideoGrant(room=name))
        return token.to_jwt(), {"Content-Type": "application/jwt"}

    @app.get("/lessons/<name>/attendance")
    def show_attendance(name):
        return attendance[name]

    @app.post("/twilio")
    def hear_from_twilio():
        if request.form["StatusCallbackEvent"] == "participant-disconnected":
            seconds = attendance[request.form["RoomName"]]
            person = request.form["ParticipantIdentity"]
            seconds[person] = seconds.get(person, 0) + int(request.form["ParticipantDuration"])
        return "", 204

    return app
