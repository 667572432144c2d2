"""Known and unknown paths and methods."""

from __future__ import annotations

import pytest

from pytest_twilio_video import UnknownEndpointWarning


@pytest.mark.in_process
def test_a_path_that_twilio_does_not_have_is_not_found_and_causes_a_warning(ask, fake):
    with pytest.warns(UnknownEndpointWarning, match="Twilio Video has no GET /v1/Room"), fake:
        answer = ask("GET", "/v1/Room")

    assert (answer.status, answer.json["code"]) == (404, 20404)
    assert answer.json["message"] == "The requested resource /Room was not found"


@pytest.mark.in_process
@pytest.mark.parametrize("path", ["/v1/rooms", "/v2/Rooms", "/", "", "/v1/Rooms/a/b/c/d/e/f/g"])
def test_paths_are_matched_exactly(ask, fake, path):
    with pytest.warns(UnknownEndpointWarning), fake:
        assert ask("GET", path).status == 404


@pytest.mark.in_process
@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
def test_a_wrong_method_is_not_allowed_and_causes_a_warning(ask, fake, method):
    room = fake.rooms.create()

    with pytest.warns(UnknownEndpointWarning, match=f"no {method} /v1/Rooms/"), fake:
        answer = ask(method, f"/v1/Rooms/{room.sid}")

    assert (answer.status, answer.json["code"]) == (405, 20004)
    assert room.status == "in-progress"


@pytest.mark.live
def test_a_trailing_slash_makes_no_difference(ask):
    sid = ask("POST", "/v1/Rooms/").json["sid"]

    assert ask("GET", f"/v1/Rooms/{sid}/").status == 200


def test_the_parts_of_a_path_are_decoded(ask, fake):
    fake.rooms.create(unique_name="50% räume")

    assert ask("GET", "/v1/Rooms/50%25%20r%C3%A4ume").status == 200


@pytest.mark.in_process
def test_an_empty_part_of_a_path_is_not_a_name(ask, fake):
    with pytest.warns(UnknownEndpointWarning), fake:
        assert ask("GET", "/v1/Rooms//Participants").status == 404


def test_a_body_that_is_not_a_form_is_not_read(ask, fake):
    """
    A JSON body is a common mistake, and Twilio does not read it either.
    """
    from pytest_twilio_video._http import Request

    headers = {"authorization": "Basic QUMxMjM6dG9r", "content-type": "application/json"}
    request = Request(
        "POST", "https://video.twilio.com/v1/Rooms", headers, b'{"UniqueName": "standup"}'
    )

    assert fake._handle(request).status == 201
    assert "standup" not in fake.rooms


def test_the_query_of_a_post_is_not_read(ask, fake):
    ask("POST", "/v1/Rooms?UniqueName=standup")

    assert "standup" not in fake.rooms
