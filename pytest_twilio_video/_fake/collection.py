"""What is live: a view shows its thing as it is at each look, a collection all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from .._api.routes import ADDRESSES
from .._assertions.matching import has
from .._assertions.names import check_fields, fields_of, unknown_field
from .._engine.records import Record, public_fields


if TYPE_CHECKING:
    from datetime import datetime

    from .._simulation import Simulation


__all__ = ["Collection", "View", "ViewT"]

__tracebackhide__ = True  # A report shows the line of the test.


class View:
    """Something in the account, alive: each look shows its present state.

    Attributes bear the REST fields' names in snake_case. Times are aware
    `datetime` in UTC, statuses are `str` enumerations, equal to Twilio's words.
    """

    _kind: ClassVar[type[Record]]
    _name_field: ClassVar[str] = "sid"

    sid: str
    """Two letters and 32 hexadecimal digits, the same in every run of the test."""
    date_created: datetime
    """When it came about: aware, in UTC."""

    # Set in __init__, past __setattr__, which refuses.
    _simulation: Simulation
    _sid: str

    def __init__(self, simulation: Simulation, sid: str) -> None:
        self.__dict__.update(_simulation=simulation, _sid=sid)

    @property
    def _record(self) -> Any:
        self._simulation.sync()
        return self._simulation.account.table(self._kind)[self._sid]

    @property
    def url(self) -> str:
        """Its absolute address in the REST API."""
        address: str = ADDRESSES[self._kind].urls_of(self._record)["url"]
        return address

    @property
    def links(self) -> dict[str, str]:
        """The absolute addresses of what lies below it, by name."""
        addresses: dict[str, str] = ADDRESSES[self._kind].urls_of(self._record).get("links", {})
        return addresses

    def __getattr__(self, name: str) -> Any:
        if name in public_fields(self._kind):
            value = getattr(self._record, name)
            return list(value) if isinstance(value, tuple) else value
        raise AttributeError(unknown_field(self._kind, name))

    def __setattr__(self, name: str, value: object) -> None:
        if getattr(getattr(type(self), name, None), "fset", None) is not None:
            super().__setattr__(name, value)  # a property that may be set
            return
        msg = (
            f"{type(self).__name__}.{name} cannot be set to {value!r}: a resource changes by what "
            f"happens to it, through the API, the methods of this object or the clock"
        )
        raise AttributeError(msg)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, View):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *fields_of(self._kind)})

    def __repr__(self) -> str:
        record = self._simulation.account.get(self._kind, self._sid)
        if record is None:
            return f"<{type(self).__name__} {self.__dict__['_sid']}, deleted>"
        said = [getattr(record, self._name_field), getattr(record, "status", ""), record.sid]
        return f"<{type(self).__name__} {' '.join(dict.fromkeys(map(str, filter(None, said))))}>"

    @property
    def _identity(self) -> tuple[int, str]:
        return id(self._simulation), self._sid


ViewT = TypeVar("ViewT", bound=View)


class Collection(Sequence[ViewT], Generic[ViewT]):
    """Things of one kind, in the order of their creation, as they are whenever one looks."""

    def __init__(
        self,
        simulation: Simulation,
        view: type[ViewT],
        condition: Callable[[Any], bool] | None = None,
        **equal: object,
    ) -> None:
        self._simulation = simulation
        self._view = view
        self._equal = equal
        self._condition = condition

    def where(self, **fields: object) -> list[ViewT]:
        """Return those whose *fields* have these values, compared as those of claims are.

        Raises:
            InvalidFieldError: there is no field of that name.
            InvalidArgumentError: a status, a type or a format is wanted that there never is.

        """
        check_fields(self._view._kind, fields)  # noqa: SLF001 -- of our own kind
        return [each for each in self if has(each, fields)]

    def __iter__(self) -> Iterator[ViewT]:
        return iter([self._view(self._simulation, record.sid) for record in self._records()])

    def __len__(self) -> int:
        return len(self._records())

    def __eq__(self, other: object) -> bool:
        """Compare as lists do, with any sequence: ``room.participants == [alice, bob]``."""
        if isinstance(other, Sequence) and not isinstance(other, str):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as lists have none: what it holds changes

    def __contains__(self, item: object) -> bool:
        if isinstance(item, View):
            return any(item == each for each in self)
        sid = getattr(item, "sid", item)  # the official client's own objects have one as well
        return isinstance(sid, str) and self._named(sid) is not None

    @overload
    def __getitem__(self, key: int | str) -> ViewT: ...
    @overload
    def __getitem__(self, key: slice) -> list[ViewT]: ...
    def __getitem__(self, key: int | str | slice) -> ViewT | list[ViewT]:
        """Return the one of that SID or name, or number, or those of that slice.

        Where several have borne the name, it is the latest of them.

        Raises:
            KeyError: none has that SID or name.
            IndexError: there are not so many.

        """
        if isinstance(key, slice):
            return list(self)[key]
        if isinstance(key, int):
            return self._view(self._simulation, self._records()[key].sid)
        record = self._named(key)
        if record is None:
            raise KeyError(self._nothing_named(key))
        return self._view(self._simulation, record.sid)

    def __repr__(self) -> str:
        return repr(list(self))

    def _records(self) -> list[Any]:
        self._simulation.sync()
        found = self._simulation.account.select(self._view._kind, **self._equal)  # noqa: SLF001
        return list(found if self._condition is None else found.where(self._condition))

    def _named(self, name: str) -> Any:
        field = self._view._name_field  # noqa: SLF001 -- of our own kind
        named = (
            each for each in self._records()[::-1] if name in {each.sid, getattr(each, field)}
        )
        return next(named, None)

    def _nothing_named(self, key: str) -> str:
        field = self._view._name_field  # noqa: SLF001 -- of our own kind
        known = [str(getattr(record, field)) for record in self._records()]
        return f"{key!r} is not among them; there are: {', '.join(known) or 'none'}"
