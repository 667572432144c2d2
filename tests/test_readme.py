"""The README is true: its examples run, its tables are generated, its guesses are complete.

A block of Python is a test module, or a file that begins with its own name
(``# conftest.py``), which all later blocks on the page can use. There is no
hidden code: a reader can copy everything.
"""

from __future__ import annotations

import ast
import re
import runpy

from pathlib import Path
from typing import NamedTuple

import pytest

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video import __all__ as names
from pytest_twilio_video._api.routes import ROUTES


ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PACKAGE = ROOT / "pytest_twilio_video"
SOON = 'twilio_video_start = "2026-01-31T09:00:00Z"\nfilterwarnings = ["error"]'


class Block(NamedTuple):
    """A block of code on a page."""

    page: str
    line: int
    language: str
    code: str
    failure: str
    """What it fails with, if the page says that it does."""
    files: dict[str, str]
    """The files that the page has shown before it."""

    def __repr__(self) -> str:
        return f"{self.page}:{self.line}"


FENCE = re.compile(
    r"^```(?P<language>\w+)\n(?P<code>.*?)^```$"
    r"(?:\n+<!-- and fails with -->\n```text\n(?P<failure>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of code on *page*, each with the files shown before it."""
    text, files, found = page.read_text(encoding="utf-8"), {}, []
    for match in FENCE.finditer(text):
        language, code, failure = match["language"], match["code"], match["failure"] or ""
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(page.name, line, language, code, failure, dict(files)))
        if language == "python" and (name := re.match(r"# (\w+\.py)\n", code)):
            files[name[1]] = code
    return found


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
# Those of the page on browsers need one: tests/chromium runs them.
PYTHON = [block for block in BLOCKS if block.language == "python" and block.page != "browsers.md"]
README = PAGES[0].read_text(encoding="utf-8")


@pytest.fixture(name="run")
def _run(pytester, monkeypatch):
    """Run *code* as a reader would run a copy of it, beside the *files* shown before it."""
    for name in ("ACCOUNT_SID", "AUTH_TOKEN", "API_KEY_SID", "API_KEY_SECRET"):
        monkeypatch.delenv(f"TWILIO_{name}", raising=False)

    # The pytest that we start forgets its imports at its end, but the hooks in client libraries
    # stay. So the libraries must be imported before.
    with FakeTwilioVideo(environ=False) as fake:
        _ = fake.requests_adapter, fake.httpx_transport

    def run(code, files, configuration=f"[tool.pytest.ini_options]\n{SOON}"):
        pytester.makepyprojecttoml(configuration)
        for name, content in files.items():
            pytester.path.joinpath(name).write_text(content, encoding="utf-8")
        pytester.syspathinsert()
        pytester.syspathinsert(ROOT / "examples")
        pytester.makepyfile(test_it=code if "def test_" in code else code + A_TEST)
        if "django_db" not in code:
            return pytester.runpytest_inprocess(*WITHOUT)
        # Django reads its settings once in a process.
        monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "clinic.settings")
        monkeypatch.setenv("PYTHONPATH", str(ROOT / "examples"), prepend=":")
        return pytester.runpytest_subprocess(*WITHOUT)

    return run


WITHOUT = ("-p", "no:randomly", "-p", "no:asyncio")
A_TEST = "\n\ndef test_it():\n    pass\n"


@pytest.mark.parametrize("block", PYTHON, ids=repr)
def test_the_examples_do_what_the_page_says(run, block):
    result = run(block.code, block.files)

    outcomes = result.parseoutcomes()
    outcomes.pop("warnings", None)
    if not block.failure:
        assert outcomes.keys() == {"passed"}, result.stdout.str()
        assert outcomes["passed"] >= block.code.count("\ndef test_")
        return
    assert outcomes == {"failed": 1}
    said = "\n".join(line[1:][7:] for line in result.outlines if re.match(r"E( |$)", line))
    assert re.sub(r"\b([A-Z]{2})[0-9a-f]{32}\b", r"\1…", said).strip() == block.failure.strip()


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.language == "toml"], ids=repr)
def test_the_configuration_is_valid(run, block):
    run("def test_it(twilio_video): pass", {}, block.code).assert_outcomes(passed=1)


def test_the_readme_has_examples():
    assert len([block for block in PYTHON if block.page == "README.md"]) > 25


@pytest.fixture(name="made", scope="module")
def _made():
    return runpy.run_path(str(ROOT / "tests" / "readme_tables.py"))


def test_the_tables_are_generated_from_the_code(made):
    assert made["written"](README) == README, "run: python tests/readme_tables.py"


def test_the_table_of_operations_has_every_operation_once(made):
    cells = re.findall(r"\b(?:20[0124]|302)\b", made["operations"]())

    assert len(cells) == len(ROUTES) == 42


def test_a_readme_without_the_marks_of_a_table_is_refused(made):
    with pytest.raises(SystemExit, match="put <!-- settings: "):
        made["written"]("# A title")


def test_each_assertion_has_its_row():
    tree = ast.parse((PACKAGE / "_fake/assertions.py").read_text(encoding="utf-8"))
    claims = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("assert_")
    ]

    for claim in claims:
        assert f"\n| `{claim}(" in README, claim


def test_the_contents_link_to_the_sections():
    sections = re.findall(r"^## (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in sections}
    contents = re.findall(r"\]\(#([^)]+)\)", README)

    assert set(contents) <= anchors
    assert set(contents) == anchors - {"try-it", "install"}


def test_the_files_that_it_names_exist():
    for name in re.findall(r"\b(?:tests|benchmarks|examples|docs)/[\w./-]+\w", README):
        assert ROOT.joinpath(name).exists(), name


def test_each_public_name_has_one_block_in_the_reference():
    reference = "".join(page.read_text(encoding="utf-8") for page in PAGES[1:])
    named = re.findall(r"^::: pytest_twilio_video\.(\w+)$", reference, re.MULTILINE)

    assert sorted(named) == names


def test_each_guess_in_the_code_is_counted_in_the_readme():
    """
    Hidden comments in the README count the guesses of each module. A new guess must be listed.
    """
    told = {name: int(count) for name, count in re.findall(r"(_?[\w/]+\.py): (\d+)", README)}
    made = {
        path.relative_to(PACKAGE).as_posix(): count
        for path in PACKAGE.rglob("*.py")
        if (count := path.read_text(encoding="utf-8").count("Inferred"))
    }

    assert told == made, "tell it under 'Where it differs from Twilio, or guesses'"
