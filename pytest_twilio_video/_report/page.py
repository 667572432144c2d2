"""The page: all pictures of a test run, in one file that needs no other."""

from __future__ import annotations

import json

from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple


if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["Picture", "page"]


class Picture(NamedTuple):
    """What the page shows of one test."""

    test: str
    """Its node id."""
    outcome: str
    message: str
    """Why it failed, in one line."""
    drawing: str
    """What `picture.picture` made of it."""


def page(pictures: Iterable[Picture]) -> str:
    """Return the page as HTML: `report.html`, with the style, the script and the data put in."""
    parts = {"style": _read("report.css"), "script": _read("report.js"), "data": _data(pictures)}
    html = _read("report.html")
    for name, text in parts.items():
        html = html.replace(f"/* {name} */", text, 1)
    return html


def _data(pictures: Iterable[Picture]) -> str:
    # Each drawing is JSON already, made in the process that ran the test.
    said = ",\n".join(
        f'{{"test":{json.dumps(each.test)},"outcome":{json.dumps(each.outcome)},'
        f'"message":{json.dumps(each.message)},"drawing":{each.drawing}}}'
        for each in pictures
    )
    # Nothing in it may end the element that it stands in, or begin a comment.
    return f"[{said}]".replace("<", "\\u003c")


def _read(name: str) -> str:
    return files(__name__.rpartition(".")[0]).joinpath(name).read_text(encoding="utf-8")
