"""The README's table of operations, made of the routes themselves.

Run it after the routes have changed: ``python tests/operations_table.py`` writes
the table into README.md, between two marks that nobody sees there.
"""

from __future__ import annotations

from pathlib import Path

from pytest_twilio_video._api.routes import ROUTES


README = Path(__file__).parents[1] / "README.md"
BEGIN = "<!-- operations: python tests/operations_table.py -->"
END = "<!-- /operations -->"
METHODS = ("GET", "POST", "DELETE")


def table() -> str:
    """Return a row for each path, with the status of success by each method."""
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


def written(readme: str) -> str:
    """Return *readme* with the table between its marks, where it has them."""
    before, mark, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        msg = f"README.md has no place for the table: put {BEGIN} and {END} on lines of their own"
        raise SystemExit(msg)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |".replace("  ", " ")


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
