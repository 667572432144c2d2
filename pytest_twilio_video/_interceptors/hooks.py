"""Hooks: they are added to a library when it is imported, or at once if it is imported already.

Problem: a test may import a client, or another mocking library, after it has
entered the fake. Importing all installed libraries when the fake is entered
would take about 400 ms (aiohttp, httpx2, responses, ...). And it would import
them while freezegun, for example, is active.

Solution: import nothing, and add the hooks when a library is imported, by
`sys.meta_path`.

Problem: a test may have replaced a function that we hook by a mock. When the
test removes its mock, a hook around the mock would be removed too.

Solution: do not hook mocks, and check again whenever a fake is entered.
"""

from __future__ import annotations

import functools
import sys
import threading
import warnings

from importlib import import_module
from importlib.util import find_spec, module_from_spec
from operator import attrgetter
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = [
    "load_interceptor",
    "real_class",
    "unpatched",
    "watch",
    "when_imported",
    "wrap",
]

INTERCEPTORS = {
    "aiohttp": "aiohttp",
    "httpx": "httpx",
    "httpx2": "httpx",
    "requests": "requests",
    "requests_mock": "requests_mock",
    "responses": "responses",
    "urllib.request": "urllib",
}
"""The libraries that are hooked, and for each the module of this package that does so."""


def unpatched(module: str, name: str) -> Any:
    """Return the function *name* (``"Class.method"``) of *module* as the library defines it.

    Problem: the function may already be patched when we first need it, and
    only the patch has the real function.

    Solution: run the code of the module again, in a copy of the module. The
    function from the copy gets the globals of the real module, so that it uses
    the real classes.
    """
    spec = find_spec(module)
    if spec is None or spec.loader is None:
        msg = f"cannot find {module}, although it is imported"
        raise ImportError(msg)
    copy = module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It issued them when it was imported.
        spec.loader.exec_module(copy)
    function = attrgetter(name)(copy)
    real_globals = vars(sys.modules[module])
    real = FunctionType(function.__code__, real_globals, None, function.__defaults__)
    real.__kwdefaults__ = function.__kwdefaults__
    return real


def watch() -> None:
    """Hook the libraries that are imported, and the others when they are imported."""
    for library in INTERCEPTORS:
        when_imported(library, _install)


def load_interceptor(library: str) -> ModuleType:
    """Import *library* if necessary, and return our module for it.

    The library is imported first. If our module imported it, the hook would run while our module
    is only half imported.
    """
    return _interceptor(import_module(library))


def when_imported(name: str, hook: Callable[[ModuleType], None]) -> None:
    """Call *hook* with the module *name*: now if it is imported, and at each import of it."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    _waiting[name] = hook
    module = sys.modules.get(name)
    # A test may have put an object there that is not the module, and has nothing to hook.
    if module is not None and getattr(module, "__spec__", None) is not None:
        hook(module)


def wrap(owner: Any, name: str, wrapper: Callable[[Any], Any]) -> None:
    """Replace the function *name* of *owner* by the result of *wrapper*, if not done yet."""
    with _lock:
        function = getattr(owner, name)
        # Anything else is a mock. The test will check its calls.
        is_function = (
            isinstance(function, _FUNCTIONS) or type(function).__name__ == _CYTHON_FUNCTION
        )
        if is_function and not hasattr(function, _MARK):
            hooked = functools.wraps(function)(wrapper(function))
            setattr(hooked, _MARK, True)
            setattr(owner, name, hooked)


def real_class(library: ModuleType, name: str) -> Any:
    """Return the class *name* of *library*, even if a mock has taken its place."""
    found = getattr(library, name, None)
    if isinstance(found, type):
        return found
    inside = [sys.modules[at] for at in list(sys.modules) if at.startswith(f"{library.__name__}.")]
    return next(real for part in inside if isinstance(real := vars(part).get(name), type))


def _install(library: ModuleType) -> None:
    _interceptor(library).install(library)


def _interceptor(library: ModuleType) -> ModuleType:
    """Return our module for *library*. If the library was imported again, import it again too.

    For example, pytester imports libraries again. Then their classes are new, and our subclasses
    must be new as well.
    """
    interceptor = _interceptors.get(library)
    if interceptor is None:
        name = library.__name__
        module = f"{__package__}.{INTERCEPTORS[name]}"
        if any(known.__name__ == name for known in _interceptors):
            sys.modules.pop(module, None)
        interceptor = _interceptors[library] = import_module(module)
    return interceptor


class _Finder:
    """Wraps the loader that another finder finds, so that our hook runs after the loader."""

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
    """Runs another loader, and then our hook. Its other attributes are those of that loader."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # The real loader is restored first, because code may ask the module for its loader.
        module.__loader__ = self.loader
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        _waiting[module.__name__](module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)


_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodDescriptorType)
_CYTHON_FUNCTION = "cython_function_or_method"
_finder = _Finder()
_waiting: dict[str, Callable[[ModuleType], None]] = {}
_interceptors: WeakKeyDictionary[ModuleType, ModuleType] = WeakKeyDictionary()
_lock = threading.Lock()
_MARK = "_twilio_video_hook"
