"""Room defaults: checks of the default parameters of rooms, which Twilio's Console sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._engine.parameters import build, parameters_by_name, snake
from .._engine.refusals import Refusal
from .._engine.suggestions import did_you_mean
from ..errors import InvalidSettingError
from . import rooms
from .rooms import CreateRoom


if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["check"]


def check(defaults: Mapping[str, Any]) -> None:
    """Require that a room could be created with *defaults*.

    Raises:
        InvalidSettingError: there is no parameter of that name, the parameter cannot have a
            default, or the value is outside the limits.

    """
    if not defaults:
        return
    known = [name for name in parameters_by_name(CreateRoom) if name != "unique_name"]
    for name in defaults:
        if name == "unique_name":
            msg = "room_defaults has unique_name, but each room has a name of its own: remove it"
            raise InvalidSettingError(msg)
        if name not in known:
            hint = did_you_mean(snake(str(name)), known) or _if_known(snake(str(name)), known)
            msg = (
                f"room_defaults has {name!r}, but rooms have no such parameter.{hint} The "
                f"parameters are: {', '.join(known)}"
            )
            raise InvalidSettingError(msg)
    for name, value in defaults.items():
        _check({name: value}, f"room_defaults has {name}={value!r}")
    _check(defaults, f"room_defaults is {dict(defaults)!r}")


def _if_known(name: str, known: list[str]) -> str:
    return f" Did you mean {name!r}?" if name in known else ""


def _check(values: Mapping[str, Any], what: str) -> None:
    try:
        rooms.check(build(CreateRoom, values))
    except Refusal as refusal:
        why = refusal.detail or refusal.message
        msg = f"{what}, but Twilio would refuse it with {refusal.code}: {why}"
        raise InvalidSettingError(msg) from None
