"""The generated parts of the documentation: settings, operations, the control API, and guesses.

``python tests/generated_pages.py`` writes them into the pages in ``docs``, between comments that
are not shown. Run it after a change of the code; a test fails if a page is out of date.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize

from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING
from pathlib import Path

import pytest_twilio_video

from pytest_twilio_video._api.routes import ROUTES
from pytest_twilio_video._engine.settings import SETTINGS
from pytest_twilio_video._server.control import OPERATIONS


DOCS = Path(__file__).parents[1] / "docs"
PACKAGE = Path(pytest_twilio_video.__file__).parent
METHODS = ("GET", "POST", "DELETE")
BUILT_IN = {"account_sid", "auth_token", "api_key_sid", "api_key_secret"}
"""Settings whose defaults nobody needs to know by heart."""

TOPICS = {
    "Rooms": ("_resources/rooms.py",),
    "Participants": ("_resources/participants.py",),
    "Access tokens": ("_resources/access_tokens.py",),
    "Tracks and rules": (
        "_resources/published_tracks.py",
        "_resources/subscribed_tracks.py",
        "_resources/messages.py",
    ),
    "Recordings": (
        "_resources/recorder.py",
        "_resources/recordings.py",
        "_resources/media.py",
        "_resources/storage_settings.py",
    ),
    "Compositions and hooks": ("_resources/compositions.py", "_resources/composition_hooks.py"),
    "Transcriptions": (
        "_resources/transcriptions.py",
        "_resources/transcription_configuration.py",
    ),
    "Callbacks": (
        "_webhooks/payloads.py",
        "_webhooks/callback.py",
        "_webhooks/address.py",
        "_engine/urls.py",
        "_webhooks/diagnosis.py",
        "_webhooks/asgi.py",
        "_webhooks/response_limits.py",
    ),
    "HTTP": (
        "_engine/refusals.py",
        "_api/routes.py",
        "_api/form.py",
        "_api/pages.py",
        "_api/errors.py",
        "_api/headers.py",
    ),
    "Browsers": ("_browser/signaling.py",),
    "Faults": ("_api/failures.py", "_fake/fault_injection.py"),
}
"""The sections of the page of guesses, with the modules whose guesses each has."""

GUESS = re.compile(r"Inferred: (.+?)(?= Inferred: |$)")


def operations() -> str:
    """Return a row for each path, with the status of a success for each method."""
    answers: dict[str, dict[str, str]] = {}
    for route in ROUTES:
        said = f"{route.status} list" if route.lists else str(route.status)
        answers.setdefault(route.path.removeprefix("/v1"), {})[route.method] = said
    lines = [_line("under `/v1`", *METHODS), _line(*["---"] * 4)]
    lines += [
        _line(f"`{path}`", *(found.get(method, "") for method in METHODS))
        for path, found in answers.items()
    ]
    return "\n".join(lines)


def settings() -> str:
    """Return a row for each setting, with its default and its meaning."""
    lines = [_line("setting", "default", "meaning"), _line(*["---"] * 3)]
    for name, setting in SETTINGS.items():
        value = setting.default if setting.default is not MISSING else setting.default_factory()
        default = "built in" if name in BUILT_IN else _default(value)
        lines.append(_line(f"`{name}`", default, setting.metadata["meaning"]))
    return "\n".join(lines)


def control() -> str:
    """Return a row for each operation of the control API, with the fields of its body."""
    lines = [_line("request", "required", "optional", "meaning"), _line(*["---"] * 4)]
    for operation in OPERATIONS:
        request = f"`{operation.method} {operation.path}`"
        optional = [name for name in operation.takes if name not in operation.needs]
        lines.append(_line(request, _code(operation.needs), _code(optional), operation.summary))
    return "\n".join(lines)


def guesses() -> str:
    """Return a section for each topic, with the guesses in its modules."""
    sections = []
    for topic, modules in TOPICS.items():
        found = [guess for module in modules for guess in guesses_in(PACKAGE / module)]
        sections.append("\n".join([f"### {topic}\n", *(f"- {guess}" for guess in found)]))
    return "\n\n".join(sections)


def guesses_in(module: Path) -> list[str]:
    """Return the guesses in the comments and docstrings of *module*, as sentences.

    A guess begins with ``Inferred:`` and goes on to the end of the paragraph or comment.
    """
    found = [
        guess
        for paragraph in _paragraphs(module.read_text(encoding="utf-8"))
        for guess in GUESS.findall(" ".join(paragraph.split()))
    ]
    return [f"{guess[0].upper()}{guess[1:]}".replace("``", "`") for guess in found]


def _paragraphs(source: str) -> Iterator[str]:
    """Yield each comment, and each paragraph of the strings that are documentation."""
    comment, last_row = [], 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last_row + 1:
                yield " ".join(comment)
                comment = []
            comment.append(token.string.lstrip("# "))
            last_row = token.start[0]
    yield " ".join(comment)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield from str(node.value.value).split("\n\n")


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "settings": ("settings.md", settings),
    "operations": ("operations.md", operations),
    "control": ("reference/control-api.md", control),
    "guesses": ("differences.md", guesses),
}
"""The page of each part, and the function that makes the part."""


def with_part(page: str, name: str) -> str:
    """Return the text *page* with the part *name* between its comments."""
    begin, end = f"<!-- {name}: python tests/generated_pages.py -->", f"<!-- /{name} -->"
    before, mark, rest = page.partition(begin)
    _, other, after = rest.partition(end)
    if not mark or not other:
        msg = f"the page has no place for {name}: put {begin} and {end} on lines of their own"
        raise SystemExit(msg)
    _, make = PARTS[name]
    return f"{before}{begin}\n{make()}\n{end}{after}"


def _default(value: object) -> str:
    if value is None:
        return ""
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |".replace("  ", " ")


if __name__ == "__main__":
    for name, (page, _) in PARTS.items():
        text = with_part((DOCS / page).read_text(encoding="utf-8"), name)
        (DOCS / page).write_text(text, encoding="utf-8", newline="\n")
