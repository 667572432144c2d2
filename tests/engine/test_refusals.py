"""Refusals: what the service says when it declines. The catalog is in tests/test_catalogs.py."""

from __future__ import annotations

import pytest

from pytest_twilio_video._engine.refusals import Refusal


def shown(refusal):
    return refusal.code, refusal.message, refusal.status, refusal.detail


def test_a_code_brings_its_message_and_its_status():
    assert shown(Refusal(20404)) == (20404, "The requested resource was not found", 404, None)


def test_what_is_given_takes_precedence():
    refusal = Refusal(20404, "No such room", status=410, detail="it was deleted")

    assert shown(refusal) == (20404, "No such room", 410, "it was deleted")


@pytest.mark.parametrize("message", ["", "Gone"])
def test_a_message_may_be_empty(message):
    assert Refusal(20404, message).message == message


def test_an_unknown_code_is_a_400_that_names_it():
    assert shown(Refusal(99999)) == (99999, "Error 99999", 400, None)


def test_its_text_has_the_code_and_the_message():
    assert str(Refusal(53113, detail="a detail")) == "53113 Room exists"
