"""When a library is hooked: at once if it is imported, else as soon as it is.

Problem: a test may import a client, or another mocking library, after it has
entered the fake. Importing all that is installed beforehand would cost every
user the start of every client (aiohttp, httpx2, responses, ...: some 400 ms
together), and would import them while freezegun and the like are active.

Solution: import nothing, and wait at `sys.meta_path` until somebody does.

Problem: in a test of ours there may be a mock in the place of what we hook,
and the test's end takes the mock away, and a hook around it as well.

Solution: leave mocks alone, and look again whenever a fake is entered.
"""

from __future__ import annotations

import functools
import sys
import threading
import warnings

from importlib import import_module
from importlib.util import find_spec, module_from_spec
from operator import attrgetter
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["CLIENTS", "genuine", "interceptor", "pristine", "watch", "when_imported", "wrap"]


# Functions as their library made them, whoever has patched them since.


def pristine(module: str, name: str) -> Any:
    """Return the function *name* (``"Class.method"``) of *module*, unpatched.

    Problem: at our first use it may be patched already, and where the patch
    keeps the real one is its own secret.

    Solution: run the module once more, for ourselves. The copy of the function
    works on the globals of the real module, since it must know its classes.
    """
    spec = find_spec(module)
    if spec is None or spec.loader is None:
        msg = f"{module} cannot be found, though it is imported"
        raise ImportError(msg)
    copy = module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It has said them already, when it was imported.
        spec.loader.exec_module(copy)
    function = attrgetter(name)(copy)
    real_globals = vars(sys.modules[module])
    real = FunctionType(function.__code__, real_globals, None, function.__defaults__)
    real.__kwdefaults__ = function.__kwdefaults__
    return real


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
        when_imported(library, _install)


def interceptor(library: str) -> ModuleType:
    """Return our module for *library*, which is imported before it.

    The other way round, the library would be imported from the midst of our module, and find a
    hook that is not there yet.
    """
    return _interceptor(import_module(library))


def when_imported(name: str, hook: Callable[[ModuleType], None]) -> None:
    """Call *hook* with the module of that *name*, at once if it is there, and when it will be."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    _waiting[name] = hook
    module = sys.modules.get(name)
    # A test may have put something else there, in which there is nothing to be hooked.
    if module is not None and getattr(module, "__spec__", None) is not None:
        hook(module)


def wrap(owner: Any, name: str, wrapper: Callable[[Any], Any]) -> None:
    """Put what *wrapper* makes of the function *name* of *owner* in its place, once."""
    with _lock:
        found = getattr(owner, name)
        # Anything else is a mock, which the test will ask for its calls.
        is_genuine = isinstance(found, (FunctionType, BuiltinFunctionType))
        if is_genuine and not hasattr(found, _MARK):
            made = functools.wraps(found)(wrapper(found))
            setattr(made, _MARK, True)
            setattr(owner, name, made)


def genuine(library: ModuleType, name: str) -> Any:
    """Return the class *name* of *library*, even if a mock has its place there."""
    found = getattr(library, name, None)
    if isinstance(found, type):
        return found
    inside = [sys.modules[at] for at in list(sys.modules) if at.startswith(f"{library.__name__}.")]
    return next(each for part in inside if isinstance(each := vars(part).get(name), type))


def _install(library: ModuleType) -> None:
    _interceptor(library).install(library)


def _interceptor(library: ModuleType) -> ModuleType:
    """Return our module for *library*: another one where that was imported anew.

    Pytester and others do that. Its classes are others then, and ours are derived from them.
    """
    if library not in _interceptors:
        name = library.__name__
        module = f"{__package__}.{INTERCEPTORS[name]}"
        if any(each.__name__ == name for each in _interceptors):
            sys.modules.pop(module, None)
        _interceptors[library] = import_module(module)
    return _interceptors[library]


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
        _waiting[module.__name__](module)


_finder = _Finder()
_waiting: dict[str, Callable[[ModuleType], None]] = {}
_interceptors: WeakKeyDictionary[ModuleType, ModuleType] = WeakKeyDictionary()
_lock = threading.Lock()
_MARK = "_twilio_video_hook"
