"""The clinic's API, and its webhook for Twilio."""

from __future__ import annotations

import os

from django.http import HttpResponse, HttpResponseForbidden
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework import serializers, viewsets
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from .models import Appointment, Notification


STATUSES = {
    "participant-connected": "in consultation",
    "participant-disconnected": "waiting",
    "room-ended": "over",
}


class AppointmentSerializer(serializers.ModelSerializer):
    """An appointment, as the clinic's own clients see it."""

    class Meta:
        """Clients set the name only."""

        model = Appointment
        fields = ("name", "room_sid", "status")
        read_only_fields = ("room_sid", "status")


class Appointments(viewsets.ModelViewSet):
    """Create, show and cancel appointments."""

    queryset = Appointment.objects.all()
    serializer_class = AppointmentSerializer
    lookup_field = "name"

    def perform_create(self, serializer: AppointmentSerializer) -> None:
        """Open the room with the appointment."""
        room = _rooms().create(
            unique_name=serializer.validated_data["name"],
            max_participants=2,
            status_callback=self.request.build_absolute_uri("/twilio/"),
        )
        serializer.save(room_sid=room.sid)

    def perform_destroy(self, appointment: Appointment) -> None:
        """Close the room with the appointment."""
        _rooms()(appointment.room_sid).update(status="completed")
        appointment.delete()


@csrf_exempt
@require_POST
def twilio(request):
    """Receive Twilio's webhooks."""
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    signature = request.headers.get("X-Twilio-Signature", "")
    if not validator.validate(request.build_absolute_uri(), request.POST.dict(), signature):
        return HttpResponseForbidden()
    token = request.headers["I-Twilio-Idempotency-Token"]
    _, is_new = Notification.objects.get_or_create(token=token)
    if is_new:
        _apply(request.POST)
    return HttpResponse(status=204)


def _apply(params) -> None:
    """Apply a callback unless a later one was applied: callbacks may arrive in any order."""
    at = parse_datetime(params["Timestamp"])
    appointment = Appointment.objects.filter(room_sid=params["RoomSid"]).first()
    status = STATUSES.get(params["StatusCallbackEvent"])
    if appointment is None or status is None:
        return
    if appointment.heard_at is None or at > appointment.heard_at:
        appointment.status, appointment.heard_at = status, at
        appointment.save()


def _rooms():
    client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
    return client.video.v1.rooms
