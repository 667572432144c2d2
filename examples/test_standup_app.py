"""A stand-up that nobody joins closes itself, and a callback reports this to the app."""

import pytest

from standup_app import create_app


@pytest.fixture
def app(twilio_video):
    app = create_app()
    app.testing = True
    twilio_video.callbacks.deliver_to(app)
    return app


@pytest.fixture
def app_client(app):
    return app.test_client()


def test_an_abandoned_standup_closes_itself(twilio_video, app_client):
    app_client.post("/standups", json={"name": "DailyStandup"})

    room = twilio_video.assert_room_created(unique_name="DailyStandup", max_participants=10)
    twilio_video.clock.advance(minutes=5)  # nobody joins

    assert room.status == "completed"
    twilio_video.assert_callback("room-ended", room=room)
    assert app_client.get(f"/standups/{room.sid}").json == {"status": "closed"}


def test_a_standup_stays_open_while_a_participant_is_there(twilio_video, app_client):
    app_client.post("/standups", json={"name": "DailyStandup"})
    room = twilio_video.rooms["DailyStandup"]

    alice = room.connect("alice")
    twilio_video.clock.advance(minutes=30)
    assert app_client.get(f"/standups/{room.sid}").json == {"status": "open"}

    alice.disconnect()
    twilio_video.clock.advance(minutes=5)
    assert app_client.get(f"/standups/{room.sid}").json == {"status": "closed"}
    twilio_video.assert_events(
        "room-created", "participant-connected", "participant-disconnected", "room-ended"
    )


def test_a_callback_with_a_wrong_signature_is_rejected(twilio_video, app_client):
    app_client.post("/standups", json={"name": "DailyStandup"})
    room = twilio_video.rooms["DailyStandup"]

    twilio_video.callbacks.tamper("room-ended")
    room.complete()

    assert twilio_video.callbacks[-1].response.status_code == 403
    assert app_client.get(f"/standups/{room.sid}").json == {"status": "open"}
