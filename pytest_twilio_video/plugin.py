"""The plugin: all that pytest sees. It loads what it needs when a test asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ._engine.settings import SETTINGS, Settings


if TYPE_CHECKING:
    from collections.abc import Iterator

    from .fake import FakeTwilioVideo


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let each setting stand in the ini file, as ``twilio_video_<name>``."""
    for name, setting in SETTINGS.items():
        parser.addini(f"twilio_video_{name}", setting.metadata["meaning"], default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    names = ", ".join(SETTINGS)
    config.addinivalue_line(
        "markers", f"twilio_video(**settings): how the fake Twilio Video behaves ({names})"
    )


@pytest.fixture
def twilio_video(request: pytest.FixtureRequest) -> Iterator[FakeTwilioVideo]:
    """Twilio Video, with an empty account, for the length of one test."""
    __tracebackhide__ = True
    from .fake import FakeTwilioVideo

    with FakeTwilioVideo(**_settings(request)) as fake:
        if "faker" in request.fixturenames:  # Faker's own fixture: it learns our words
            from .faker import register

            register(request.getfixturevalue("faker"))
        yield fake


def _settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Merge the ini file and the markers, the closest of which wins."""
    __tracebackhide__ = True
    settings: dict[str, Any] = {"seed": request.node.nodeid} | _from_ini(request.config)
    for marker in reversed(list(request.node.iter_markers("twilio_video"))):
        if marker.args:
            msg = f"@pytest.mark.twilio_video takes keywords, not {marker.args!r}"
            raise pytest.UsageError(msg)
        settings |= marker.kwargs
    return settings


def _from_ini(config: pytest.Config) -> dict[str, Any]:
    said = {name: config.getini(f"twilio_video_{name}") for name in SETTINGS}
    return {
        name: Settings.from_text(name, text) for name, text in said.items() if text is not None
    }
