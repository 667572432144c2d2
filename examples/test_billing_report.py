"""Tests of the billing report on a made-up month of meetings, which `populate` creates."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from math import ceil

import pytest

from billing_report import costs, main
from twilio.rest import Client


pytestmark = pytest.mark.twilio_video(start="2026-04-01T00:00:00Z")

MARCH = datetime(2026, 3, 1, tzinfo=timezone.utc)


@pytest.fixture
def client(twilio_video):
    return Client(twilio_video.account_sid, twilio_video.auth_token)


def test_every_minute_of_the_month_is_billed(twilio_video, client):
    meetings = twilio_video.populate(rooms=50, participants=3, over=timedelta(days=31))

    bill = costs(client, MARCH)

    people = [participant for room in meetings for participant in room.participants]
    recordings = [recording for room in meetings for recording in room.recordings]
    assert len(people) == 150
    assert sum(bill.values()) == (
        Decimal("0.004") * sum(ceil(participant.duration / 60) for participant in people)
        + Decimal("0.002") * sum(ceil(recording.duration / 60) for recording in recordings)
    )
    assert bill.keys() == {room.unique_name for room in meetings}
    assert list(bill.values()) == sorted(bill.values(), reverse=True)


def test_other_months_are_not_billed(twilio_video, client):
    meetings = twilio_video.populate(rooms=50, over=timedelta(days=90))
    in_march = [room for room in meetings if room.date_created >= MARCH]
    assert 0 < len(in_march) < 50

    assert costs(client, MARCH).keys() == {room.unique_name for room in in_march}


def test_a_meeting_in_progress_is_not_billed_yet(twilio_video, client):
    april = datetime(2026, 4, 1, tzinfo=timezone.utc)
    standup = twilio_video.rooms.create(unique_name="standup")
    standup.connect("alice")
    twilio_video.clock.advance(minutes=10)
    assert costs(client, april) == {}

    standup.complete()

    assert costs(client, april) == {"standup": Decimal("0.040")}


def test_the_report_ends_with_the_total(twilio_video, capsys):
    twilio_video.populate(rooms=10, recordings=False, over=timedelta(days=31))

    main(["2026-03"])

    *lines, total = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert total == ["total", str(sum(Decimal(cost) for _, cost in lines))]
