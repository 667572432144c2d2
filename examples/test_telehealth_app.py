"""Async tests of consultations, on the test's own event loop."""

import httpx
import pytest

from telehealth_app import create_app


pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def clinic(twilio_video):
    app = create_app()
    twilio_video.callbacks.deliver_to(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://clinic") as client:
        yield client


async def test_an_uninvited_participant_is_removed(twilio_video, clinic):
    await clinic.post("/consultations/dr-jones")
    room = twilio_video.assert_room_created(unique_name="dr-jones", max_participants=2)
    room.connect("patient")
    intruder = room.connect("reporter")
    await twilio_video.callbacks.aflush()
    assert (await clinic.get("/consultations/dr-jones")).json() == ["patient", "reporter"]

    response = await clinic.delete("/consultations/dr-jones/people/reporter")

    assert response.status_code == 204
    assert intruder.status == "disconnected"
    await twilio_video.callbacks.aflush()
    assert (await clinic.get("/consultations/dr-jones")).json() == ["patient"]


async def test_a_consultation_ends_a_minute_after_the_last_participant_left(twilio_video, clinic):
    await clinic.post("/consultations/dr-jones")
    room = twilio_video.rooms["dr-jones"]
    room.connect("patient").disconnect()

    await twilio_video.clock.aadvance(minutes=1)

    twilio_video.assert_room_completed(room, duration=60)
    twilio_video.assert_callback("room-ended", room=room, room_duration=60)


async def test_two_doctors_cannot_open_the_same_consultation(clinic):
    await clinic.post("/consultations/dr-jones")

    response = await clinic.post("/consultations/dr-jones")

    assert (response.status_code, response.json()) == (409, {"detail": "Room exists"})


async def test_a_participant_who_has_left_cannot_be_removed(twilio_video, clinic):
    await clinic.post("/consultations/dr-jones")
    twilio_video.rooms["dr-jones"].connect("reporter").disconnect()

    response = await clinic.delete("/consultations/dr-jones/people/reporter")

    assert response.status_code == 404
    twilio_video.assert_called("POST", "/v1/Rooms/dr-jones/Participants/*", status="disconnected")
