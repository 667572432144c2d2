"""Moments to come: where a test wants time to go, as it may say it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict

from . import wall


__all__ = ["Units", "after", "ahead", "delayed"]

__tracebackhide__ = True  # A report shows the line of the test.


class Units(TypedDict, total=False):
    """The keywords of a `timedelta`."""

    days: float
    seconds: float
    microseconds: float
    milliseconds: float
    minutes: float
    hours: float
    weeks: float


def after(now: datetime, by: timedelta | None, units: Units) -> datetime:
    """Return the moment that is *by* later than *now*, or so many *units*: one of the two.

    Raises:
        TypeError: it is neither, or both.
        ValueError: it is earlier than *now*, or no number.
        OverflowError: it is beyond the calendar.

    """
    if (by is None) == (not units) or not isinstance(by, (timedelta, type(None))):
        said = " and ".join(repr(each) for each in (by, units) if each not in (None, {}))
        msg = (
            "advance() takes one timedelta, or its keywords: advance(minutes=5), "
            f"not {said or 'nothing'}"
        )
        raise TypeError(msg)
    try:
        moment = now + (timedelta(**units) if by is None else by)
    except TypeError:
        msg = f"advance() takes numbers of {', '.join(Units.__annotations__)}, not {units!r}"
        raise TypeError(msg) from None
    except (OverflowError, ValueError) as error:
        # Of the same type: a sleep comes here too, and raises what a real one does.
        msg = f"the calendar has no moment that is {by or units!r} after {now}"
        raise type(error)(msg) from None
    return _not_before(now, moment)


def ahead(now: datetime, moment: object) -> datetime:
    """Return *moment*, in UTC, if it is one that is still ahead.

    Raises:
        TypeError: it is no `datetime`.
        ValueError: it is naive, or earlier than *now*.

    """
    if not isinstance(moment, datetime):
        msg = f"advance_to() takes an aware datetime, not {moment!r}"
        raise TypeError(msg)
    if moment.tzinfo is None:
        msg = f"{moment!r} is naive: give it a time zone, e.g. tzinfo=timezone.utc"
        raise ValueError(msg)
    return _not_before(now, moment)


def delayed(now: datetime, delay: timedelta) -> datetime:
    """Return *now* and *delay*, or the end of the calendar, which is never reached."""
    try:
        return now + delay
    except OverflowError:
        return datetime.max.replace(tzinfo=now.tzinfo)


def _not_before(now: datetime, moment: datetime) -> datetime:
    if moment < now:
        msg = f"time cannot go backwards: from {now} to {moment}"
        raise ValueError(msg)
    return wall.plain(moment)
