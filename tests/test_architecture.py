"""How the house is built: who may know whom, what is read where, and how large things grow.

The rules are tables, read from the source of every module. Each of them is
shown a piece of bad source as well: a rule that cannot fail proves nothing.
"""

from __future__ import annotations

import ast
import subprocess
import sys

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

import pytest_twilio_video


PACKAGE = "pytest_twilio_video"

SURFACE = (
    "_cast",
    "_evidence",
    "arranging",
    "assertions",
    "calls",
    "catching",
    "fake",
    "faker",
    "faults",
    "live",
    "media_views",
    "timeline",
    "views",
)
"""What a test holds is one surface: these know one another, though they stand in one layer.

Those with an underscore make and find what it holds, and so must know it.
"""

LAYERS = (
    ("__init__",),
    ("plugin",),
    SURFACE,
    ("_claims",),
    ("_report",),
    ("_world",),
    ("_interceptors", "_api", "_webhooks"),
    ("_resources",),
    ("_engine",),
    ("_http", "errors"),
)
"""Each part imports from the layers below its own, never from above.

Imports inside functions count, and so do those for the type checker: whoever
names a type knows the module that it comes from.
"""

LIBRARIES = {
    "plugin": {"pytest"},
    "faker": {"faker"},
    "_interceptors.aiohttp": {"aiohttp"},
    "_interceptors.httpx": {"httpcore", "httpx", "httpx2"},
    "_interceptors.pool": {"urllib3"},
    "_interceptors.requests": {"requests", "urllib3"},
    "_interceptors.requests_mock": {"requests_mock"},
    "_interceptors.responses": {"requests", "responses"},
    "_interceptors.respx": {"httpx", "respx"},
    "_interceptors.twilio": {"twilio"},
    "_resources.access_tokens": {"jwt"},
}
"""Which module uses which library. What is named here is imported nowhere else.

For the type checker alone they may be named elsewhere: it loads nothing, and
what users get hold of (`twilio_video.responses`) has a type.
"""

GUARDED = set().union(*LIBRARIES.values()) | {"_pytest"}

CLOCKS = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "email.utils.formatdate",
    "email.utils.localtime",
    "time.ctime",
    "time.gmtime",
    "time.localtime",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.time",
    "time.time_ns",
}

DICE = {
    "os.getrandom",
    "os.urandom",
    "random.*",
    "secrets.*",
    "uuid.uuid1",
    "uuid.uuid4",
}

READERS = {"_engine.wall": CLOCKS, "_engine.sids": {"random.Random"}}
"""The one module that reads the time, and the one that draws lots."""

LONGEST_MODULE = 300
LONGEST_FUNCTION = 25
"""Without its docstring: a promise is not to be shortened for the sake of a number."""

ON_FIRST_USE = {
    "aiohttp",
    "anyio",
    "faker",
    "httpcore",
    "httpx",
    "jwt",
    "requests",
    "responses",
    "respx",
    "urllib3",
}
"""What nobody waits for who does not use the fixture."""


class Module(NamedTuple):
    """A module of the package, by its name inside it, e.g. ``_engine.clock``."""

    name: str
    source: str
    is_package: bool = False

    @property
    def part(self) -> str:
        """What stands in LAYERS: the name's first word."""
        return self.name.partition(".")[0]


class Import(NamedTuple):
    """What is imported, by its full name."""

    line: int
    target: str
    is_for_types: bool

    @property
    def library(self) -> str:
        """The target's first word."""
        return self.target.partition(".")[0]


def _modules() -> Iterator[Module]:
    root = Path(pytest_twilio_video.__file__).parent
    for path in sorted(root.rglob("*.py")):
        *folders, file = path.relative_to(root).with_suffix("").parts
        is_package = file == "__init__"
        words = folders if is_package and folders else [*folders, file]
        yield Module(".".join(words), path.read_text(encoding="utf-8"), is_package)


MODULES = list(_modules())


def each_module(function):
    """Run a test once for each module of the package."""
    ids = [module.name for module in MODULES]
    return pytest.mark.parametrize("module", MODULES, ids=ids)(function)


# Who knows whom.


@each_module
def test_imports_run_one_way(module):
    """
    Whoever reads a module has read what it stands on, and nothing it carries.
    """
    assert _against_the_direction(module) == []


@each_module
def test_every_part_has_its_place(module):
    assert module.part in _heights(), f"say in LAYERS where {module.part} stands"


@each_module
def test_a_library_is_used_in_its_own_module_alone(module):
    assert _strangers(module) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("_engine.clock", "from .._resources import rooms"),
        ("_engine.clock", "from .. import fake"),
        ("_engine.clock", "import pytest_twilio_video.plugin"),
        ("_engine.clock", "from pytest_twilio_video import FakeTwilioVideo"),
        ("_engine.clock", "if TYPE_CHECKING:\n    from .._api.routes import Route"),
        ("_engine.clock", "def now():\n    from .._api import routes"),
        ("_engine.clock", "importlib.import_module('pytest_twilio_video._api.routes')"),
        ("_api.routes", "from .._webhooks import callbacks"),
        ("_webhooks.network", "from .._interceptors.httpx import pass_through"),
        ("_http", "from . import errors"),
        ("_resources.rooms", "from ..errors import InvalidFieldError\nfrom ..plugin import x"),
        ("fake", "from .plugin import twilio_video"),
    ],
)
def test_an_import_against_the_direction_is_found(name, source):
    assert len(_against_the_direction(Module(name, source))) == 1


def test_the_init_of_a_folder_is_read_as_its_folder():
    """
    One dot means another thing there than in the modules beside it.
    """
    upwards = Module("_engine", "from .. import fake", is_package=True)
    inside = Module("_engine", "from . import clock", is_package=True)

    assert len(_against_the_direction(upwards)) == 1
    assert _against_the_direction(inside) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("_engine.clock", "from . import wall\nfrom .wall import now\nfrom ..errors import X"),
        ("_api.routes", "from .._resources import rooms\nfrom .._http import Request"),
        ("fake", "from . import assertions, views\nfrom ._webhooks.delivery import Delivery"),
        ("assertions", "if TYPE_CHECKING:\n    from .fake import FakeTwilioVideo"),
        ("__init__", "from .fake import FakeTwilioVideo"),
    ],
)
def test_an_import_downwards_is_fine(name, source):
    assert _against_the_direction(Module(name, source)) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("fake", "import pytest"),
        ("_engine.clock", "from _pytest.fixtures import fixture"),
        ("_interceptors.httpx", "import requests.adapters"),
        ("_interceptors.active", "def f():\n    import httpx as library"),
        ("_webhooks.network", "from urllib3 import PoolManager"),
        ("_resources.rooms", "import_module('faker')"),
        ("_api.routes", "if not TYPE_CHECKING:\n    import httpx"),
    ],
)
def test_a_stranger_is_found(name, source):
    assert len(_strangers(Module(name, source))) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("plugin", "import pytest"),
        ("_interceptors.requests", "import requests\nimport urllib3.util"),
        ("fake", "if TYPE_CHECKING:\n    import responses"),
        ("_interceptors.active", "from .requests import caught\nfrom . import httpx"),
    ],
)
def test_a_guest_in_its_own_room_is_no_stranger(name, source):
    assert _strangers(Module(name, source)) == []


def _against_the_direction(module: Module) -> list[str]:
    heights = _heights()
    found = []
    for each in _imports(module):
        if each.library != PACKAGE:
            continue
        other = _part_of(each.target)
        is_fine = (
            other == module.part
            or {other, module.part} <= set(SURFACE)
            or heights[other] < heights.get(module.part, -1)
        )
        if not is_fine:
            found.append(f"{module.name}:{each.line} imports {each.target}")
    return found


def _strangers(module: Module) -> list[str]:
    welcome = LIBRARIES.get(module.name, set())
    return [
        f"{module.name}:{each.line} imports {each.target}"
        for each in _imports(module)
        if each.library in GUARDED - welcome and not each.is_for_types
    ]


def _heights() -> dict[str, int]:
    return {part: -depth for depth, layer in enumerate(LAYERS, -len(LAYERS)) for part in layer}


def _part_of(target: str) -> str:
    """Return the part that *target* is in; what no part is named after is the package's own."""
    word = target.split(".")[1] if "." in target else ""
    return word if word in _heights() else "__init__"


def _imports(module: Module) -> Iterator[Import]:
    tree = ast.parse(module.source)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
        and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        for target in _targets(module, node):
            yield Import(node.lineno, target, id(node) in for_types)


def _targets(module: Module, node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = _base(module, node)
        return [f"{base}.{alias.name}" for alias in node.names]
    if (
        isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith(("import_module", "__import__"))
        and isinstance(node.args[0], ast.Constant)
    ):
        return [node.args[0].value]
    return []


def _base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    here = [PACKAGE, *module.name.split(".")]
    up = node.level - module.is_package
    return ".".join([*here[: len(here) - up], *filter(None, [node.module])])


# What is read where.


@each_module
def test_time_and_chance_come_from_the_engine(module):
    """
    Otherwise the same test would not be the same tomorrow.
    """
    assert _readings(module) == []


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.time()",
        "import time as clock\nclock.monotonic()",
        "from time import perf_counter as tick\ntick()",
        "import datetime\ndatetime.datetime.now(datetime.timezone.utc)",
        "import datetime as dt\ndt.date.today()",
        "from datetime import datetime\nfield(default_factory=datetime.utcnow)",
        "from datetime import datetime as moment\nmoment.now()",
        "import uuid\nuuid.uuid4()",
        "from uuid import uuid1\nuuid1()",
        "import random\nrandom.choice([1])",
        "import random\nrandom.SystemRandom().random()",
        "from random import Random\nRandom()",
        "import secrets\nsecrets.token_hex()",
        "import os\nos.urandom(16)",
        "def f():\n    from os import urandom\n    urandom(16)",
    ],
)
def test_a_look_at_the_wall_is_found(source):
    assert len(_readings(Module("_resources.rooms", source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "account.clock.now",
        "import time\ntime.sleep(1)",
        "from datetime import datetime\ndatetime.fromisoformat(text)",
        "from random import Random\n\ndef draw(dice: Random) -> int:\n    return dice.random()",
        "import random\nrandom.Random(seed)",
        "import uuid\nuuid.UUID(int=1)",
    ],
)
def test_what_only_looks_like_it_is_fine(source):
    assert _readings(Module("_resources.rooms", source)) == []


def _readings(module: Module) -> list[str]:
    tree = ast.parse(module.source)
    known = _known_names(tree)
    allowed = READERS.get(module.name, set())
    annotations = {
        id(inner)
        for node in ast.walk(tree)
        for note in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if isinstance(note, ast.AST)
        for inner in ast.walk(note)
    }
    seeded = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args}
    found = []
    for node in ast.walk(tree):
        name = _full_name(node, known)
        if name == "random.Random" and id(node) in seeded | annotations:
            continue
        if name not in allowed and _is_reading(name):
            found.append(f"{module.name}:{node.lineno} reads {name}")
    return found


def _is_reading(name: str) -> bool:
    library, _, rest = name.partition(".")
    is_whole = rest and "." not in rest and f"{library}.*" in DICE
    return bool(is_whole) or name in CLOCKS | DICE


def _known_names(tree: ast.AST) -> dict[str, str]:
    """Return what each imported name stands for, aliases resolved."""
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                known[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return known


def _full_name(node: ast.AST, known: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute) and (before := _full_name(node.value, known)):
        return f"{before}.{node.attr}"
    return ""


# How large things grow.


@each_module
def test_nothing_outgrows_its_reader(module):
    """
    These are the limits; where to begin to worry is said in CONTRIBUTING.md.
    """
    assert _oversized(module) == []


def test_what_is_too_large_is_found():
    long_function = "def f():\n" + "    x = 1\n" * LONGEST_FUNCTION
    long_method = "class C:\n    async def f(self):\n" + "        x = 1\n" * LONGEST_FUNCTION
    long_module = "x = 1\n" * (LONGEST_MODULE + 1)

    for source in (long_function, long_method, long_module):
        assert len(_oversized(Module("fake", source))) == 1
    assert _oversized(Module("fake", "x = 1\n" * LONGEST_MODULE)) == []


def test_a_docstring_may_be_as_long_as_its_promise():
    promise = "More.\n" * LONGEST_FUNCTION
    source = f'def f():\n    """{promise}"""\n' + "    x = 1\n" * (LONGEST_FUNCTION - 1)

    assert _oversized(Module("fake", source)) == []


def _oversized(module: Module) -> list[str]:
    found = []
    if (lines := len(module.source.splitlines())) > LONGEST_MODULE:
        found.append(f"{module.name} has {lines} lines")
    for node in ast.walk(ast.parse(module.source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = _lines_in(node) - (_lines_in(node.body[0]) if ast.get_docstring(node) else 0)
            if lines > LONGEST_FUNCTION:
                found.append(f"{module.name}.{node.name} has {lines} lines")
    return found


def _lines_in(node: ast.stmt) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


# What it costs not to use it.


@pytest.mark.parametrize("name", [PACKAGE, f"{PACKAGE}.plugin"])
def test_importing_it_loads_no_client(name):
    """
    A test run pays for a client library when a test uses one, not before.
    """
    assert _loaded_by(f"import {name}") == set()


def test_a_loaded_client_is_found():
    assert "faker" in _loaded_by("import faker")


def _loaded_by(source: str) -> set[str]:
    code = dedent(f"""
        import sys
        {source}
        print(*sys.modules)
    """)
    # Isolated, so that the working directory's copy does not hide the installed one.
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True
    )
    return ON_FIRST_USE.intersection(done.stdout.split())
