"""Settings: which values are valid, and the errors for invalid values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from pytest_twilio_video import InvalidSettingError
from pytest_twilio_video._engine.settings import SETTINGS, Settings


def test_later_layers_of_settings_override_earlier_ones():
    settings = Settings.merge({"auth": "strict", "ad_hoc_rooms": True}, {"auth": "any"})

    assert (settings.auth, settings.ad_hoc_rooms) == ("any", True)


def test_an_unknown_setting_is_refused_with_a_suggestion_and_all_names():
    with pytest.raises(InvalidSettingError) as caught:
        Settings.merge({"add_hoc_rooms": True})

    assert "no setting 'add_hoc_rooms'. Did you mean 'ad_hoc_rooms'?" in str(caught.value)
    assert all(name in str(caught.value) for name in SETTINGS)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("auth", "lax", "'any', 'strict'"),
        ("sleep", "short", "'real', 'virtual'"),
        ("sleepers", "own", "'all', 'test'"),
        ("open_rooms", True, "'ignore', 'warn', 'fail'"),
        ("environ", "yes", "True or False"),
        ("ad_hoc_rooms", 1, "True or False"),
        ("block", None, "True or False"),
        ("callback_limit", 0, "1 or more"),
        ("callback_limit", True, "1 or more"),
        ("callback_limit", "10", "1 or more"),
        ("account_sid", 7, "text"),
        ("seed", 7, "text"),
        ("start", "tomorrow", "ISO 8601"),
        ("start", "2026-01-01T00:00:00", "aware"),
        ("start", datetime(2026, 1, 1), "aware"),  # noqa: DTZ001
        ("start", 1_700_000_000, "aware"),
    ],
)
def test_an_invalid_value_is_refused_with_its_rule(name, value, rule):
    with pytest.raises(InvalidSettingError) as caught:
        Settings.merge({name: value})

    assert name in str(caught.value)
    assert repr(value) in str(caught.value)
    assert rule in str(caught.value)


@pytest.mark.parametrize(
    "start",
    [
        "2026-01-31T09:00:00Z",
        "2026-01-31T10:00:00+01:00",
        datetime(2026, 1, 31, 10, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_the_start_is_an_aware_datetime_or_a_string(start):
    moment = Settings.merge({"start": start}).starting_moment

    assert moment == datetime(2026, 1, 31, 9, tzinfo=timezone.utc)
    assert moment.tzinfo is timezone.utc


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), ("0", False)])
def test_bools_are_read_from_an_ini_file(text, value):
    assert Settings.value_from_text("environ", text) is value


def test_an_invalid_bool_is_refused():
    with pytest.raises(InvalidSettingError, match="twilio_video_environ is 'maybe'"):
        Settings.value_from_text("environ", "maybe")


def test_numbers_are_read_from_an_ini_file():
    assert Settings.value_from_text("callback_limit", "20") == 20
    with pytest.raises(InvalidSettingError, match="is '-1', but must be a whole number"):
        Settings.value_from_text("callback_limit", "-1")


def test_every_setting_has_a_description():
    assert all(each.metadata["meaning"] for each in SETTINGS.values())
