"""Private lessons in a FastAPI app: a room for each lesson, a token for each participant.

The app itself joins no room. Its pages request an access token and join from
the browser. Twilio's callbacks report who took part, and for how long.
"""

from __future__ import annotations

import os

from typing import Annotated

from fastapi import Body, Depends, FastAPI, Form, Header, HTTPException, Request
from fastapi.responses import PlainTextResponse
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VideoGrant
from twilio.request_validator import RequestValidator
from twilio.rest import Client


async def check_signature(
    request: Request, signature: Annotated[str, Header(alias="X-Twilio-Signature")] = ""
) -> None:
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    if not validator.validate(str(request.url), dict(await request.form()), signature):
        raise HTTPException(403)


def create_app() -> FastAPI:
    app = FastAPI()
    enrolled: dict[str, list[str]] = {}
    attendance: dict[str, dict[str, int]] = {}

    @app.post("/lessons/{name}", status_code=201)
    def arrange_lesson(
        name: str, people: Annotated[list[str], Body(embed=True)]
    ) -> dict[str, str]:
        client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
        room = client.video.v1.rooms.create(
            unique_name=name,
            max_participants=2,
            status_callback="https://lessons.example.com/twilio",
        )
        enrolled[name] = people
        attendance[name] = {}
        return {"sid": room.sid}

    @app.post("/lessons/{name}/tokens/{person}", response_class=PlainTextResponse)
    def mint_token(name: str, person: str) -> str:
        if person not in enrolled[name]:
            raise HTTPException(403)
        token = AccessToken(
            os.environ["TWILIO_ACCOUNT_SID"],
            os.environ["TWILIO_API_KEY_SID"],
            os.environ["TWILIO_API_KEY_SECRET"],
            identity=person,
            ttl=3600,
        )
        token.add_grant(VideoGrant(room=name))
        return token.to_jwt()

    @app.get("/lessons/{name}/attendance")
    def show_attendance(name: str) -> dict[str, int]:
        return attendance[name]

    @app.post("/twilio", status_code=204, dependencies=[Depends(check_signature)])
    def hear_from_twilio(
        event: Annotated[str, Form(alias="StatusCallbackEvent")],
        name: Annotated[str, Form(alias="RoomName")],
        person: Annotated[str, Form(alias="ParticipantIdentity")] = "",
        duration: Annotated[int, Form(alias="ParticipantDuration")] = 0,
    ) -> None:
        if event == "participant-disconnected":
            seconds = attendance[name]
            seconds[person] = seconds.get(person, 0) + duration

    return app
