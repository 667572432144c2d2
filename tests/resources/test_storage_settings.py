"""Storage settings: one record of each kind, which an update replaces completely."""

from __future__ import annotations

import pytest

from pytest_twilio_video._engine.parameters import build
from pytest_twilio_video._engine.refusals import Refusal
from pytest_twilio_video._resources import storage_settings
from pytest_twilio_video._resources.storage_settings import (
    CompositionSettings,
    CreateSettings,
    RecordingSettings,
)


BOTH = pytest.mark.parametrize("kind", [RecordingSettings, CompositionSettings])


@BOTH
def test_a_new_account_has_default_settings(account, kind):
    settings = storage_settings.fetch(account, kind=kind)

    assert (settings.friendly_name, settings.aws_s3_url) == (None, None)
    assert (settings.aws_storage_enabled, settings.encryption_enabled) == (False, False)
    assert settings.account_sid == account.sid


@BOTH
def test_omitted_settings_are_reset(account, kind):
    key = "CR" + "1" * 32
    first = CreateSettings(
        friendly_name="a", aws_s3_url="https://b.example", encryption_key_sid=key
    )
    storage_settings.create(account, first, kind=kind)
    storage_settings.create(account, CreateSettings(friendly_name="b"), kind=kind)

    settings = storage_settings.fetch(account, kind=kind)

    assert (settings.friendly_name, settings.aws_s3_url) == ("b", None)
    assert settings.encryption_key_sid is None


def test_recording_and_composition_settings_are_separate(account):
    params = CreateSettings(friendly_name="ours", encryption_enabled=True)

    storage_settings.create(account, params, kind=RecordingSettings)

    assert storage_settings.fetch(account, kind=RecordingSettings).encryption_enabled
    assert not storage_settings.fetch(account, kind=CompositionSettings).encryption_enabled


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({}, None),
        ({"aws_storage_enabled": True}, None),
        ({"aws_s3_url": "https://b.example/x"}, None),
        ({"aws_s3_url": "https://b.example/x", "aws_storage_enabled": True}, "x/f.mka"),
        ({"aws_s3_url": "https://b.example/x/", "aws_storage_enabled": True}, "x/f.mka"),
    ],
)
def test_files_are_stored_externally_if_it_is_enabled_and_has_a_url(account, said, place):
    params = CreateSettings(friendly_name="ours", **said)
    storage_settings.create(account, params, kind=RecordingSettings)

    location = storage_settings.location(account, RecordingSettings, "f.mka")

    assert location == (place and f"https://b.example/{place}")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"friendly_name": "x", "aws_credentials_sid": "AC" + "1" * 32},
        {"friendly_name": "x", "encryption_key_sid": "CR1"},
        {"friendly_name": "x", "aws_s3_url": "bucket"},
    ],
)
def test_invalid_settings_are_refused(said):
    with pytest.raises(Refusal) as caught:
        build(CreateSettings, said)
    assert caught.value.code == 20001
