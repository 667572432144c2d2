"""The signature, compared with published examples and with Twilio's own library."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from pytest_twilio_video._webhooks.callback import sign


VOICE = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}
VIDEO = {
    "AccountSid": "AC" + "0" * 32,
    "RoomName": "DailyStandup",
    "RoomSid": "RM" + "1" * 32,
    "RoomStatus": "in-progress",
    "RoomType": "group",
    "SequenceNumber": "0",
    "StatusCallbackEvent": "room-created",
    "Timestamp": "2025-10-27T18:16:01.876Z",
}
HOOK = "https://hooks.example.com/room-events"


@pytest.mark.parametrize(
    ("url", "form", "expected"),
    [
        ("https://example.com/myapp.php?foo=1&bar=2", VOICE, "L/OH5YylLD5NRKLltdqwSvS0BnU="),
        (HOOK, VIDEO, "z7E5IM9t5emb3KWZ2KxjGXauZ38="),
        (
            "https://hooks.example.com:443/room-events",
            VIDEO,
            "rIvsyaCg98zkc9NTt7iKYr1i6tk=",
        ),
        (f"{HOOK}?{urlencode(VIDEO)}", {}, "qa3iACpHbEyxniWGjxei/v/NfcI="),
    ],
    ids=["Twilio's page", "a form", "a form, to a port", "a query"],
)
def test_signatures_equal_known_ones(url, form, expected):
    assert sign("12345", url, form) == expected
    assert RequestValidator("12345").validate(url, form, expected)


@given(
    token=st.text(),
    form=st.dictionaries(st.text(min_size=1), st.text()),
)
def test_twilios_own_library_computes_the_same_signature(token, form):
    assert sign(token, HOOK, form) == RequestValidator(token).compute_signature(HOOK, form)
