"""When a library is hooked: at once if it is imported, else as soon as it is.

Problem: a test may import a client, or another mocking library, after it has
entered the fake. Importing all that is installed beforehand would cost every
user the start of every client (aiohttp, httpx2, responses, ...: some 400 ms
together), and would import them while freezegun and the like are active.

Solution: import nothing, and wait at `sys.meta_path` until somebody does.
"""

from __future__ import annotations

import sys
import threading

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType


__all__ = ["CLIENTS", "interceptor", "watch", "when_imported"]

INTERCEPTORS = {
    "aiohttp": "aiohttp",
    "httpx": "httpx",
    "httpx2": "httpx",
    "requests": "requests",
    "requests_mock": "requests_mock",
    "responses": "responses",
}
"""What is hooked, by which of our modules."""

CLIENTS = ("aiohttp", "httpx", "httpx2", "requests")
"""Those of them that send; the others are companions."""


def watch() -> None:
    """Hook the client libraries that are imported, and the others when they will be."""
    for library in INTERCEPTORS:
        when_imported(library, partial(_interceptor, library))


def interceptor(library: str) -> ModuleType:
    """Return our module for *library*, which is imported before it.

    The other way round, the library would be imported from the midst of our module, and find a
    hook that is not there yet.
    """
    import_module(library)
    return import_module(f".{INTERCEPTORS[library]}", __package__)


def when_imported(name: str, find_hook: Callable[[], Callable[[ModuleType], None]]) -> None:
    """Call what *find_hook* returns with the module of that *name*, once, when it is there."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    _waiting[name] = find_hook
    if (module := sys.modules.get(name)) is not None:
        _hook(name, module)


def _interceptor(library: str) -> Callable[[ModuleType], None]:
    install: Callable[[ModuleType], None]
    install = import_module(f".{INTERCEPTORS[library]}", __package__).install
    return install


def _hook(name: str, module: ModuleType) -> None:
    # By the module itself, not its name: pytester and others import a library anew.
    if _hooked.get(name) is module:
        return
    hook = _waiting[name]()  # Not under our lock: it may import, and an import has locks too.
    with _lock:
        if _hooked.get(name) is not module:
            hook(module)
            _hooked[name] = module


class _Finder:
    """Finds nothing itself: lets our hook run after what the other finders find."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _waiting:
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(name, path, target)):
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader)  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    """Another loader, and our hook after it."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # First out of the way again: who asks the module for its loader, wants the real one.
        module.__loader__ = self.loader
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        _hooked.pop(module.__name__, None)  # `importlib.reload` has just taken our hook away.
        _hook(module.__name__, module)


_finder = _Finder()
_waiting: dict[str, Callable[[], Callable[[ModuleType], None]]] = {}
_hooked: dict[str, ModuleType] = {}
_lock = threading.Lock()
