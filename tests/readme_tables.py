"""The README's tables of settings and operations, generated from the code.

Run it after a change: ``python tests/readme_tables.py`` writes the tables into
README.md, between comments that are not shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING
from pathlib import Path

from pytest_twilio_video._api.routes import ROUTES
from pytest_twilio_video._engine.settings import SETTINGS


README = Path(__file__).parents[1] / "README.md"
METHODS = ("GET", "POST", "DELETE")
BUILT_IN = {"account_sid", "auth_token", "api_key_sid", "api_key_secret"}
"""Settings whose built-in defaults the table does not show."""


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


TABLES: dict[str, Callable[[], str]] = {"settings": settings, "operations": operations}


def written(readme: str) -> str:
    """Return *readme* with each table between its comments."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: python tests/readme_tables.py -->", f"<!-- /{name} -->"
        before, mark, rest = readme.partition(begin)
        _, other, after = rest.partition(end)
        if not mark or not other:
            msg = (
                f"the README has no place for a table: put {begin} and {end} on lines of their own"
            )
            raise SystemExit(msg)
        readme = f"{before}{begin}\n{table()}\n{end}{after}"
    return readme


def _default(value: object) -> str:
    if value is None:
        return ""
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |".replace("  ", " ")


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
