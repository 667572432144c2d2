"""Which target receives a callback, and the messages if no target takes it."""

from __future__ import annotations

import warnings

import anyio
import pytest

from pytest_twilio_video import (
    FakeTwilioVideo,
    InvalidArgumentError,
    UndeliverableCallbackError,
    UndeliverableCallbackWarning,
)


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("http://localhost:5000", "http://localhost:5000/h"),
        ("http://localhost:5000", "HTTP://LOCALHOST:5000/h"),
        ("HTTP://LocalHost:5000", "http://localhost:5000"),
        ("http://localhost:5000/", "http://localhost:5000"),
        ("http://localhost:5000", "http://localhost:5000?x=1"),
        ("http://localhost:5000", "http://localhost:5000#rc=0"),
        ("http://localhost:5000/api", "http://localhost:5000/api?x=1"),
        ("http://localhost:5000/api", "http://user:secret@localhost:5000/api/h"),
        ("http://user@localhost:5000/api/", "http://localhost:5000/api/h"),
        ("http://", "http://localhost:5000/h"),
        ("https://localhost:443", "https://localhost/h"),
        ("https://localhost", "HTTPS://localhost:443"),
        ("http://localhost:80/api", "http://localhost/api?x=1"),
        ("http://[::1]", "http://[::1]:80/h"),
        (None, "http://localhost:5000/h"),
        (None, "nonsense"),
    ],
)
def test_a_target_takes_callbacks_below_its_base_url(callbacks, queue, base_url, url):
    callbacks.deliver_to(lambda _callback: None, base_url)
    callback = queue(url=url)

    if url == "nonsense":
        with pytest.raises(UndeliverableCallbackError, match="not an absolute"):
            callbacks.flush()
    else:
        callbacks.flush()
        assert callback.response.status_code == 200


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("http://localhost:5000", "http://localhost:50001/h"),
        ("http://localhost", "http://localhost:5000/h"),
        ("http://localhost", "http://localhost.example/h"),
        ("http://localhost/api", "http://localhost/apis"),
        ("http://localhost/api", "http://localhost/API"),
        ("http://localhost/api/", "http://localhost/api"),
        ("https://localhost", "http://localhost/"),
        ("http://localhost:443", "http://localhost/"),
        ("https://localhost:80", "https://localhost/"),
        ("https://localhost", "https://localhost:4430/"),
        ("http://localhost", "http://localhost@other.example/"),
    ],
)
def test_a_target_takes_no_callbacks_to_similar_urls(callbacks, queue, base_url, url):
    callbacks.deliver_to(lambda _callback: None, base_url)
    callback = queue(url=url)

    with pytest.raises(UndeliverableCallbackError):
        callbacks.flush()

    assert callbacks.pending == [callback]


def test_neither_a_port_nor_a_password_makes_a_base_url_longer(callbacks, queue):
    took = []
    callbacks.deliver_to(lambda _: took.append("path"), "https://app.example/h")
    callbacks.deliver_to(lambda _: took.append("port"), "https://app.example:443")
    callbacks.deliver_to(lambda _: took.append("password"), "https://user:secret@app.example")
    queue(url="https://app.example/h")

    callbacks.flush()

    assert took == ["path"]


@pytest.mark.parametrize("base_url", [5, b"http://localhost", "localhost:5000", "ftp://a", "/api"])
def test_an_invalid_base_url_is_refused_at_once(callbacks, queue, base_url):
    with pytest.raises(InvalidArgumentError) as refused:
        callbacks.deliver_to(lambda _callback: None, base_url)

    assert repr(base_url) in str(refused.value)
    assert "'https://app.example'" in str(refused.value)
    queue()
    callbacks.flush()
    assert len(callbacks.pending) == 1


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_flush_delivers_the_other_callbacks_and_then_names_the_unroutable_one(
    callbacks, queue, *, is_async
):
    took = []
    callbacks.deliver_to(took.append, "https://app.example")
    stray, ours = queue(url="https://stray.example/"), queue()

    for _ in range(2):
        with pytest.raises(UndeliverableCallbackError) as refused:
            anyio.run(callbacks.aflush) if is_async else callbacks.flush()
        for said in ("https://stray.example/", "'https://app.example'", "deliver_to"):
            assert said in str(refused.value)
    assert took == [ours]
    assert callbacks.pending == [stray]

    callbacks.deliver_to(lambda _callback: None, "https://stray.example")
    anyio.run(callbacks.aflush) if is_async else callbacks.flush()
    assert callbacks.pending == []


def test_a_held_callback_is_not_reported_as_unroutable(callbacks, queue):
    callbacks.deliver_to(lambda _callback: None, "https://app.example")
    queue(url="https://stray.example/")
    with pytest.raises(UndeliverableCallbackError):
        callbacks.flush()

    callbacks.hold()

    callbacks.flush()


@pytest.fixture
def fake():
    with FakeTwilioVideo() as twilio_video:
        twilio_video.callbacks.deliver_to(lambda _callback: None, "https://app.example")
        yield twilio_video


ACTS = {
    "an act": lambda _fake, room: room.connect("alice"),
    "the clock": lambda fake, _room: fake.clock.advance(minutes=1),
    "the clock, awaited": lambda fake, _room: anyio.run(fake.clock.aadvance_to, fake.clock.now),
    "a claim": lambda fake, _room: fake.assert_callback("room-created"),
    "a release": lambda fake, _room: fake.callbacks.release(),
    "a release, awaited": lambda fake, _room: anyio.run(fake.callbacks.arelease),
    "a redelivery": lambda fake, _room: fake.callbacks.redeliver(fake.callbacks[-1]),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_an_action_that_delivers_warns_once_at_the_line_of_the_test(fake, act):
    with fake.callbacks.hold():
        room = fake.rooms.create(status_callback="https://stray.example/hooks")
        fake.rooms.create(status_callback="https://app.example/hooks")
        fake.callbacks._queue.holds.clear()  # the next to deliver is the act

        with pytest.warns(UndeliverableCallbackWarning) as warned:
            act(fake, room)
    act(fake, room)

    (warning,) = warned
    assert "https://stray.example/hooks" in str(warning.message)
    assert "asyncio" in warning.filename or warning.filename == __file__


def test_the_end_of_a_hold_warns_at_the_line_of_the_test(fake):
    with pytest.warns(UndeliverableCallbackWarning) as warned, fake.callbacks.hold():
        fake.rooms.create(status_callback="https://stray.example/hooks")

    assert warned[0].filename == __file__


def test_a_warning_that_is_an_error_does_not_prevent_deliveries(fake):
    with warnings.catch_warnings(), pytest.raises(UndeliverableCallbackWarning):  # noqa: PT012
        warnings.simplefilter("error")
        with fake.callbacks.hold():
            fake.rooms.create(status_callback="https://stray.example/hooks")
            fake.rooms.create(status_callback="https://app.example/hooks")

    assert [callback.response is None for callback in fake.callbacks] == [True, False]
