"""Video consultations in a FastAPI app that calls Twilio by `httpx.AsyncClient`.

A doctor opens a consultation, patients join and leave, and the app can remove
other participants. Twilio's callbacks report who is in the room.
"""

from __future__ import annotations

import os

from typing import Annotated

import httpx

from fastapi import Depends, FastAPI, Form, Header, HTTPException, Request
from twilio.request_validator import RequestValidator


TWILIO = "https://video.twilio.com/v1"


async def check_signature(
    request: Request, signature: Annotated[str, Header(alias="X-Twilio-Signature")] = ""
) -> None:
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    if not validator.validate(str(request.url), dict(await request.form()), signature):
        raise HTTPException(403)


def create_app() -> FastAPI:
    app = FastAPI()
    waiting_room: dict[str, set[str]] = {}

    def twilio() -> httpx.AsyncClient:
        auth = (os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
        return httpx.AsyncClient(auth=auth, timeout=10)

    @app.post("/consultations/{name}", status_code=201)
    async def open_consultation(name: str) -> dict[str, str]:
        async with twilio() as client:
            response = await client.post(
                f"{TWILIO}/Rooms",
                data={
                    "UniqueName": name,
                    "MaxParticipants": 2,
                    "EmptyRoomTimeout": 1,
                    "StatusCallback": "https://clinic.example.com/twilio",
                },
            )
        if response.is_error:
            raise HTTPException(409, response.json()["message"])
        waiting_room[name] = set()
        return {"sid": response.json()["sid"]}

    @app.get("/consultations/{name}")
    async def who_is_in(name: str) -> list[str]:
        return sorted(waiting_room[name])

    @app.delete("/consultations/{name}/people/{identity}", status_code=204)
    async def show_out(name: str, identity: str) -> None:
        async with twilio() as client:
            response = await client.post(
                f"{TWILIO}/Rooms/{name}/Participants/{identity}",
                data={"Status": "disconnected"},
            )
        if response.is_error:
            raise HTTPException(response.status_code, response.json()["message"])

    @app.post("/twilio", status_code=204, dependencies=[Depends(check_signature)])
    async def hear_from_twilio(
        event: Annotated[str, Form(alias="StatusCallbackEvent")],
        name: Annotated[str, Form(alias="RoomName")],
        identity: Annotated[str, Form(alias="ParticipantIdentity")] = "",
    ) -> None:
        if event == "participant-connected":
            waiting_room[name].add(identity)
        elif event == "participant-disconnected":
            waiting_room[name].discard(identity)

    return app
