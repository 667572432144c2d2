"""A script that reports the cost of video in one month for each room, with Twilio's own client.

python billing_report.py 2026-03
"""

from __future__ import annotations

import os
import sys

from collections import defaultdict
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from math import ceil

from twilio.rest import Client


# US dollars, as in the contract. Each started minute counts.
PER_PARTICIPANT_MINUTE = Decimal("0.004")
PER_RECORDED_MINUTE = Decimal("0.002")


def costs(client: Client, month: datetime) -> dict[str, Decimal]:
    """Return the cost of each room name in *month*, the highest first."""
    next_month = (month + timedelta(days=31)).replace(day=1)
    by_name: defaultdict[str, Decimal] = defaultdict(Decimal)
    finished = client.video.v1.rooms.stream(
        status="completed", date_created_after=month, date_created_before=next_month, page_size=20
    )
    for room in finished:
        people = room.participants.stream(status="disconnected")
        recordings = room.recordings.stream()
        by_name[room.unique_name] += PER_PARTICIPANT_MINUTE * minutes(people)
        by_name[room.unique_name] += PER_RECORDED_MINUTE * minutes(recordings)
    return dict(sorted(by_name.items(), key=lambda item: item[1], reverse=True))


def minutes(resources) -> int:
    return sum(ceil(resource.duration / 60) for resource in resources)


def main(arguments: list[str]) -> None:
    client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
    month = datetime.strptime(arguments[0], "%Y-%m").replace(tzinfo=timezone.utc)
    by_name = costs(client, month)
    for name, cost in [*by_name.items(), ("total", sum(by_name.values()))]:
        sys.stdout.write(f"{name:40} {cost:10.3f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
