"""The HTML page: the charts of all tests of a run, in one file without links to others."""

from __future__ import annotations

import json

from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple


if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["Chart", "drawing", "page"]


class Chart(NamedTuple):
    """The chart and the outcome of one test."""

    test: str
    """The node ID of the test. It also names the fake, if it is not the fake of the fixture."""
    outcome: str
    message: str
    """Why the test failed. It is empty if the test passed."""
    json: str
    """The JSON of the chart, from `chart.chart_json`."""


def page(charts: Iterable[Chart]) -> str:
    """Return the HTML of the page: `report.html` with the style, the script and the data."""
    style, script = drawing()
    parts = {
        "drawing style": style,
        "style": _read("report.css"),
        "drawing script": script,
        "script": _read("report.js"),
        "data": _data(charts),
    }
    html = _read("report.html")
    for name, text in parts.items():
        html = html.replace(f"/* {name} */", text, 1)
    return html


def drawing() -> tuple[str, str]:
    """Return the style and the script that draw a chart, for the report and for the console."""
    return _read("drawing.css"), _read("drawing.js")


def _data(charts: Iterable[Chart]) -> str:
    # Each chart is already JSON, made in the process that ran the test.
    items = ",\n".join(
        f'{{"test":{json.dumps(chart.test)},"outcome":{json.dumps(chart.outcome)},'
        f'"message":{json.dumps(chart.message)},"chart":{chart.json}}}'
        for chart in charts
    )
    # The data must not end the script element or begin a comment.
    return f"[{items}]".replace("<", "\\u003c")


def _read(name: str) -> str:
    return files(__name__.rpartition(".")[0]).joinpath(name).read_text(encoding="utf-8")
