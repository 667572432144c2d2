"""What the clinic remembers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Appointment(models.Model):
    """A doctor and a patient, in a room of Twilio's."""

    name = models.SlugField(unique=True)
    room_sid = models.CharField(max_length=34, unique=True)
    status = models.CharField(max_length=20, default="waiting")
    heard_at = models.DateTimeField(null=True)

    class Meta:
        """A list is read from the latest on."""

        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.name


class Notification(models.Model):
    """A webhook that was heard already: Twilio repeats itself."""

    token = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.token
