"""A tutor and a pupil join with tokens that the app creates, and nobody else can join."""

import pytest

from fastapi.testclient import TestClient
from tutoring_app import create_app

from pytest_twilio_video import VideoSdkError


@pytest.fixture
def app_client(twilio_video):
    app = create_app()
    twilio_video.callbacks.deliver_to(app)
    client = TestClient(app)
    client.post("/lessons/latin", json={"people": ["Ms Smith", "tom"]})
    return client


@pytest.fixture
def token_for(app_client):
    """Return a function that gets an access token from the app, as a person's page does."""

    def mint(person, lesson="latin"):
        return app_client.post(f"/lessons/{lesson}/tokens/{person}").text

    return mint


def test_tutor_and_pupil_meet_and_the_app_knows_how_long(twilio_video, app_client, token_for):
    tutor = twilio_video.connect(token_for("Ms Smith"))
    twilio_video.clock.advance(minutes=2)
    pupil = twilio_video.connect(token_for("tom"))
    pupil.publish("audio")

    twilio_video.clock.advance(minutes=45)
    pupil.disconnect()
    tutor.disconnect()

    assert app_client.get("/lessons/latin/attendance").json() == {
        "Ms Smith": 47 * 60,
        "tom": 45 * 60,
    }


def test_a_token_is_refused_after_its_hour_has_passed(twilio_video, token_for):
    token = token_for("tom")
    twilio_video.connect(token_for("Ms Smith"))  # who keeps the room open

    twilio_video.clock.advance(hours=1)

    with pytest.raises(VideoSdkError, match="Access Token expired") as refused:
        twilio_video.connect(token)
    assert refused.value.code == 20104


def test_a_token_is_valid_for_one_lesson_only(twilio_video, app_client, token_for):
    app_client.post("/lessons/physics", json={"people": ["Mr Jones"]})

    with pytest.raises(VideoSdkError) as refused:
        twilio_video.connect(token_for("tom"), "physics")

    assert refused.value.code == 20106


def test_a_person_who_is_not_enrolled_gets_no_token(twilio_video, app_client):
    assert app_client.post("/lessons/latin/tokens/eve").status_code == 403
    assert not twilio_video.rooms["latin"].participants


def test_a_second_tab_replaces_the_first(twilio_video, token_for):
    """A room for two is not full if one of them has opened the page twice."""
    twilio_video.connect(token_for("Ms Smith"))
    first_tab = twilio_video.connect(token_for("tom"))

    second_tab = twilio_video.connect(token_for("tom"))

    assert first_tab.disconnect_error == 53205
    assert second_tab.status == "connected"


def test_a_pupil_without_network_counts_as_present_for_half_a_minute(
    twilio_video, app_client, token_for
):
    pupil = twilio_video.connect(token_for("tom"))
    twilio_video.clock.advance(minutes=10)

    pupil.drop_network()
    assert app_client.get("/lessons/latin/attendance").json() == {}
    twilio_video.clock.advance(minutes=1)

    assert app_client.get("/lessons/latin/attendance").json() == {"tom": 10 * 60 + 30}
