"""The README and the documentation are true: examples run, links work, parts are generated.

A block of Python is a test module, or a file that begins with its own name
(``# conftest.py``), which all later blocks on the page can use. There is no
hidden code: a reader can copy everything.
"""

from __future__ import annotations

import ast
import os
import re
import runpy
import sys

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

from pytest_twilio_video import FakeTwilioVideo
from pytest_twilio_video import __all__ as names
from pytest_twilio_video._api.routes import ROUTES
from pytest_twilio_video._server.control import OPERATIONS


if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README, *PAGES_OF_DOCS = PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
PACKAGE = ROOT / "pytest_twilio_video"
URLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
SITE, REPOSITORY = URLS["Documentation"], URLS["Source"] + "/"
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
        if name := re.match(r"# (\w+\.(?:py|feature))\n", code):
            files[name[1]] = code
    return found


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
# The blocks of the page on browsers need one: tests/chromium runs them.
PYTHON = [block for block in BLOCKS if block.language == "python" and block.page != "browsers.md"]


@pytest.fixture(name="run")
def _run(pytester, monkeypatch):
    """Run *code* as a reader would run a copy of it, beside the *files* shown before it."""
    for name in ("ACCOUNT_SID", "AUTH_TOKEN", "API_KEY_SID", "API_KEY_SECRET"):
        monkeypatch.delenv(f"TWILIO_{name}", raising=False)

    # The pytest that we start forgets its imports at its end, but the hooks in client libraries
    # stay. So the libraries must be imported before.
    with FakeTwilioVideo(environ=False) as fake:
        _ = fake.requests_adapter, fake.httpx_transport
    # Python 3.10 makes no dataclass for a module that was forgotten.
    import_module("pytest_twilio_video._resources.access_tokens")

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
        monkeypatch.setenv("PYTHONPATH", str(ROOT / "examples"), prepend=os.pathsep)
        return pytester.runpytest_subprocess(*WITHOUT)

    return run


OPTIONAL = ("celery", "freezegun", "pytest_bdd")
"""What the environment with the oldest dependencies, or a newcomer's, does not have."""
WITHOUT = ("-p", "no:randomly", "-p", "no:asyncio")
A_TEST = "\n\ndef test_it():\n    pass\n"


@pytest.mark.slow
@pytest.mark.parametrize("block", PYTHON, ids=repr)
def test_the_examples_do_what_the_page_says(run, block):
    for name in OPTIONAL:
        if re.search(f"^(import|from) {name} ", block.code, re.MULTILINE):
            pytest.importorskip(name)

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


def test_the_smallest_test_of_the_readme_needs_nothing_else(run):
    """
    The first block of Python passes as the only file in a folder.
    """
    first = next(block for block in PYTHON if block.page == "README.md")

    assert not first.files
    assert "_app" not in first.code
    run(first.code, {}, "").assert_outcomes(passed=1)


def test_the_readme_is_short():
    assert len(README.read_bytes()) <= 7000


def test_no_block_of_python_is_hidden_from_these_tests():
    """
    A block that is indented would not run.
    """
    for page in PAGES:
        assert not re.search(r"^ +```python", page.read_text(encoding="utf-8"), re.MULTILINE), page


def test_each_page_of_the_reference_has_an_example():
    with_examples = {block.page for block in PYTHON}

    for page in (DOCS / "reference").glob("*.md"):
        assert page.name in with_examples, page


@pytest.fixture(name="made", scope="module")
def _made():
    return runpy.run_path(str(ROOT / "tests" / "generated_pages.py"))


@pytest.mark.parametrize("part", ["settings", "operations", "control", "guesses"])
def test_the_generated_parts_are_up_to_date(made, part):
    page = (DOCS / made["PARTS"][part][0]).read_text(encoding="utf-8")

    assert made["with_part"](page, part) == page, "run: python tests/generated_pages.py"


def test_the_table_of_operations_has_every_operation_once(made):
    cells = re.findall(r"\b(?:20[0124]|302)\b", made["operations"]())

    assert len(cells) == len(ROUTES) == 42


def test_the_table_of_the_control_api_has_every_operation_once(made):
    table = made["control"]()

    for operation in OPERATIONS:
        assert table.count(f"| `{operation.method} {operation.path}` |") == 1, operation


def test_a_page_without_a_place_for_its_part_is_refused(made):
    with pytest.raises(SystemExit, match="put <!-- settings: "):
        made["with_part"]("# A title", "settings")


def test_each_guess_is_a_sentence_on_the_page_of_guesses(made):
    """
    A new guess must be written for users, and its module must have a topic.
    """
    topics = [module for modules in made["TOPICS"].values() for module in modules]
    for path in sorted(PACKAGE.rglob("*.py")):
        guesses = made["guesses_in"](path)
        for guess in guesses:
            assert re.fullmatch(r"[A-Z`].*\.", guess), guess
        assert len(guesses) == path.read_text(encoding="utf-8").count("Inferred"), path
        assert topics.count(path.relative_to(PACKAGE).as_posix()) == bool(guesses), path


def test_each_assertion_has_a_row_in_the_table_of_the_docs():
    tree = ast.parse((PACKAGE / "_fake/assertions.py").read_text(encoding="utf-8"))
    assertions = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("assert_")
    ]
    page = (DOCS / "assertions.md").read_text(encoding="utf-8")

    for assertion in assertions:
        assert f"\n| `{assertion}(" in page, assertion


def test_each_public_name_has_one_block_in_the_reference():
    reference = "".join(page.read_text(encoding="utf-8") for page in PAGES_OF_DOCS)
    named = re.findall(r"^::: pytest_twilio_video\.(\w+)$", reference, re.MULTILINE)

    assert sorted(named) == names


def prose_of(page: Path) -> str:
    """Return the text of *page* without its blocks of code."""
    return re.sub(
        r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of the headings on *page*, as Python-Markdown makes them."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", each).strip().lower().replace(" ", "-") for each in headings}


def links_of(page: Path) -> list[str]:
    """Return where the links and images on *page* lead."""
    links = re.findall(r"\]\(([^)\s]+)\)|^\[[\w-]+\]: (\S+)$", prose_of(page), re.MULTILINE)
    return [inline or reference for inline, reference in links]


LINKS = [(page, link) for page in [*PAGES, ROOT / "CONTRIBUTING.md"] for link in links_of(page)]


@pytest.mark.parametrize(
    ("page", "link"), LINKS, ids=[f"{page.name}:{link}" for page, link in LINKS]
)
def test_each_link_leads_somewhere(page, link):
    """
    Links to our own site and repository are looked up in the checkout.
    """
    address, _, anchor = link.partition("#")
    if address.startswith(SITE):
        target = DOCS / address.removeprefix(SITE).replace(".html", ".md")
    elif address.startswith(REPOSITORY):
        target = ROOT / re.sub("^(blob|tree)/main/", "", address.removeprefix(REPOSITORY))
    elif address.startswith("https://"):
        return
    else:
        target = page.parent / address if address else page
    assert target.exists(), target
    assert not anchor or anchor in anchors_of(target), anchor


def test_the_readme_has_absolute_links():
    """
    PyPI shows it, where relative links lead nowhere.
    """
    links = links_of(README)

    assert len(links) > 10
    assert all(link.startswith("https://") for link in links), links


def test_each_page_is_in_the_navigation_and_each_entry_is_a_page():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    entries = re.findall(r": ([\w/-]+\.md)$", navigation, re.MULTILINE)

    assert sorted(entries) == sorted(p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md"))
