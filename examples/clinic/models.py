"""The models of the clinic."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Appointment(models.Model):
    """An appointment of a doctor and a patient, in a Twilio room."""

    name = models.SlugField(unique=True)
    room_sid = models.CharField(max_length=34, unique=True)
    status = models.CharField(max_length=20, default="waiting")
    heard_at = models.DateTimeField(null=True)

    class Meta:
        """Lists show the latest appointment first."""

        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.name


class Notification(models.Model):
    """A webhook that was processed. Twilio may send it again."""

    token = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.token
