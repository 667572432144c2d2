"""The package, and facts that several files repeat."""

from __future__ import annotations

import json
import sys

from importlib import metadata
from pathlib import Path

import pytest

from packaging.requirements import Requirement

import pytest_twilio_video


if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


ROOT = Path(__file__).parent.parent


@pytest.fixture(name="project", scope="module")
def _project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_tests_run_on_the_installed_package():
    """
    The modules of the checkout must not be imported instead of the wheel's.
    """
    try:
        installed = metadata.distribution("pytest-twilio-video")
    except metadata.PackageNotFoundError:
        pytest.skip("it is run from the checkout, and not installed")
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        pytest.skip("it is installed as editable, so the checkout is meant")

    expected = installed.locate_file("pytest_twilio_video/__init__.py")

    assert Path(pytest_twilio_video.__file__) == Path(str(expected))


def test_the_oldest_environment_installs_our_lower_bounds(project):
    """
    A bound without a test would be a guess.
    """
    extras = project["optional-dependencies"].values()
    promised = map(Requirement, sum(extras, project["dependencies"]))
    lines = (ROOT / "tests" / "oldest.txt").read_text(encoding="utf-8").splitlines()
    tried = map(Requirement, (line for line in lines if not line.startswith("#")))

    bounds = {each.name: str(each.specifier).removeprefix(">=") for each in promised}
    del bounds["PyJWT"]  # It is tested with the oldest official client, which requires it.

    assert {each.name: str(each.specifier).removeprefix("==") for each in tried} == bounds


def test_no_dependency_has_an_upper_bound(project):
    """
    With an upper bound, some applications could not install us.
    """
    for line in project["dependencies"]:
        assert [each.operator for each in Requirement(line).specifier] == [">="], line


def test_the_documentation_has_the_addresses_of_the_project(project):
    """
    One command fills in the owner of the repository everywhere: see `[project.urls]`.
    """
    mkdocs = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    urls = project["urls"]

    assert f"\nsite_url: {urls['Documentation']}\n" in mkdocs
    assert f"- Source: {urls['Source']}\n" in mkdocs
    assert urls["Changelog"] == f"{urls['Documentation']}changelog.html"
    assert urls["Issues"] == f"{urls['Source']}/issues"


def test_the_changelog_has_the_version(project):
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert f"\n## [{project['version']}]" in changelog or "\n## [Unreleased]" in changelog


def test_the_readme_has_one_command_for_examples_and_one_for_everything():
    """
    `.ci/run` and CI read these commands from the README.
    """
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()

    for ending in ("&& .venv/bin/pytest examples", "&& .venv/bin/tox run-parallel"):
        assert [line for line in lines if line.endswith(ending)] != [], ending
