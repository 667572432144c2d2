"""Functions as their library made them, whoever has patched them since."""

from __future__ import annotations

import sys
import warnings

from importlib.util import find_spec, module_from_spec
from operator import attrgetter
from types import FunctionType
from typing import Any


__all__ = ["pristine"]


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
