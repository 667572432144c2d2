"""Refusals and their texts. The tests of the catalog are in tests/test_catalogs.py."""

from __future__ import annotations

import pytest

from pytest_twilio_video._engine.refusals import Refusal


def shown(refusal):
    return refusal.code, refusal.message, refusal.status, refusal.detail


def test_a_code_determines_the_message_and_the_status_of_a_refusal():
    assert shown(Refusal(20404)) == (20404, "The requested resource was not found", 404, None)


def test_a_given_message_and_status_replace_the_defaults_of_the_code():
    refusal = Refusal(20404, "No such room", status=410, detail="it was deleted")

    assert shown(refusal) == (20404, "No such room", 410, "it was deleted")


@pytest.mark.parametrize("message", ["", "Gone"])
def test_a_message_may_be_empty(message):
    assert Refusal(20404, message).message == message


def test_a_refusal_with_an_unknown_code_has_status_400_and_names_the_code():
    assert shown(Refusal(99999)) == (99999, "Error 99999", 400, None)


def test_the_text_of_a_refusal_has_the_code_and_the_message():
    assert str(Refusal(53113, detail="a detail")) == "53113 Room exists"
