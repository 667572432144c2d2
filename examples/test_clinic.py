"""Tests of the clinic with webhooks that arrive twice, late and out of order.

`deliver_to(client)` delivers them to Django's own test client, so the views see
the rows of the test, inside its transaction.
"""

import pytest

from django.apps import apps


if not apps.ready:
    import django

    django.setup()

from clinic.models import Appointment, Notification


pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(client, twilio_video):
    twilio_video.callbacks.deliver_to(client)
    return client


@pytest.fixture
def room(clinic, twilio_video):
    response = clinic.post(
        "/api/appointments/", {"name": "dr-jones-9am"}, headers={"host": "clinic.example.com"}
    )
    assert response.status_code == 201
    return twilio_video.assert_room_created(unique_name="dr-jones-9am", max_participants=2)


def status():
    return Appointment.objects.get(name="dr-jones-9am").status


def test_an_appointment_follows_what_happens_in_its_room(room, twilio_video):
    assert status() == "waiting"

    patient = room.connect("patient")
    assert status() == "in consultation"

    twilio_video.clock.advance(minutes=20)
    patient.disconnect()
    assert status() == "waiting"

    twilio_video.clock.advance(minutes=5)
    assert status() == "over"


def test_a_duplicate_callback_is_processed_once(room, twilio_video):
    room.connect("patient")
    connected = twilio_video.assert_callback("participant-connected", room=room)
    heard = Notification.objects.count()

    twilio_video.callbacks.redeliver(connected)

    assert connected.response.status_code == 204
    assert Notification.objects.count() == heard


def test_callbacks_in_another_order_have_the_same_result(room, twilio_video):
    with twilio_video.callbacks.hold():
        patient = room.connect("patient")
        twilio_video.clock.advance(minutes=20)
        patient.disconnect()
        twilio_video.clock.advance(minutes=5)
        twilio_video.callbacks.shuffle(seed=7)

    assert status() == "over"


def test_a_forged_callback_changes_nothing(room, twilio_video):
    twilio_video.callbacks.tamper("participant-connected")
    room.connect("patient")

    assert twilio_video.callbacks.failed[-1].response.status_code == 403
    assert status() == "waiting"


def test_a_canceled_appointment_closes_its_room(clinic, room, twilio_video):
    room.connect("patient")

    clinic.delete("/api/appointments/dr-jones-9am/")

    twilio_video.assert_room_completed(room)
    twilio_video.assert_participant_disconnected(room, "patient")
    assert not Appointment.objects.exists()
