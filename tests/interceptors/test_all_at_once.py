"""The fixtures, marks and options of all other mocks in one run, as in a large suite."""

from __future__ import annotations

import pytest


MODULES = (
    "boto3",
    "freezegun",
    "moto",
    "pytest_asyncio",
    "pytest_freezer",
    "pytest_httpx",
    "pytest_recording",
    "pytest_socket",
    "pytest_trio",
    "requests_mock",
    "respx",
    "time_machine",
    "vcr",
)

SUITE = """
import datetime as dt

import boto3, httpx, pytest, requests, responses

from moto import mock_aws
from twilio.rest import Client

AUTH = ("AC" + "a" * 32, "a token")
URL = "https://video.twilio.com/v1/Rooms"


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def vcr_cassette_dir(tmp_path):
    return str(tmp_path)


def create_by_all():
    Client(*AUTH).video.v1.rooms.create(unique_name="official")
    assert requests.post(URL, {"UniqueName": "requests"}, auth=AUTH).status_code == 201
    assert httpx.post(URL, data={"UniqueName": "httpx"}, auth=AUTH).status_code == 201


async def create_async():
    async with httpx.AsyncClient(auth=AUTH) as client:
        assert (await client.post(URL, data={"UniqueName": "async"})).status_code == 201


def own():
    return httpx.get("https://payments.example/httpx").text


@mock_aws
@pytest.mark.vcr
@responses.activate
def test_frozen(httpx_mock, respx_mock, requests_mock, freezer, twilio_video):
    requests_mock.get("https://payments.example/requests", text="own")
    httpx_mock.add_response(url="https://payments.example/httpx", text="own")
    create_by_all()
    assert requests.get("https://payments.example/requests").text == "own"
    assert own() == "own"
    freezer.tick(301)
    assert {room.status for room in twilio_video.rooms} == {"completed"}
    assert len(twilio_video.rooms) == 3


# Without a cassette, here and on trio: inside a cassette, respx does not get its own requests,
# even without other mocks.
@mock_aws
@responses.activate
def test_travelling(twilio_video, requests_mock, respx_mock, time_machine):
    time_machine.move_to("2031-01-01T00:00:00Z", tick=False)
    respx_mock.get("https://payments.example/httpx").respond(text="own")
    create_by_all()
    assert own() == "own"
    time_machine.shift(301)
    assert {room.status for room in twilio_video.rooms} == {"completed"}


@mock_aws
@responses.activate
def test_aws(twilio_video):
    boto3.client("s3").create_bucket(Bucket="own")
    create_by_all()
    assert [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]] == ["own"]


@pytest.mark.vcr(record_mode="all")
def test_nothing_is_recorded(twilio_video, vcr):
    create_by_all()
    assert len(vcr) == 0


@pytest.mark.vcr
@pytest.mark.asyncio
async def test_on_asyncio(twilio_video, httpx_mock, respx_mock):
    httpx_mock.add_response(url="https://payments.example/httpx", text="own")
    await create_async()
    create_by_all()
    assert own() == "own"
    assert len(twilio_video.rooms) == 4


@pytest.mark.trio
async def test_on_trio(twilio_video, respx_mock, freezer):
    respx_mock.get("https://payments.example/httpx").respond(text="own")
    await create_async()
    create_by_all()
    assert own() == "own"
    freezer.tick(301)
    assert {room.status for room in twilio_video.rooms} == {"completed"}
"""
TESTS = SUITE.count("def test_")


@pytest.fixture
def run(pytester):
    for module in MODULES:
        pytest.importorskip(module)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.makepyfile(test_all=SUITE)
    return lambda *args: pytester.runpytest_subprocess(
        "--disable-socket", "--allow-unix-socket", *args
    )


@pytest.mark.process
def test_all_mocks_and_the_fake_work_in_one_run(run):
    result = run()

    result.assert_outcomes(passed=TESTS)


@pytest.mark.process
def test_all_mocks_and_the_fake_work_repeatedly_and_in_parallel(run):
    pytest.importorskip("pytest_repeat")
    pytest.importorskip("xdist")

    result = run("-n", "4", "--count", "2")

    result.assert_outcomes(passed=2 * TESTS)
