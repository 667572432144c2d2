"""Resources and collections: live views of the account's records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from .._api.routes import ADDRESSES
from .._assertions.matching import has_fields
from .._assertions.names import check_fields, describe_unknown_field, fields_of
from .._engine.records import Record, public_fields
from .._engine.texts import printable


if TYPE_CHECKING:
    from datetime import datetime

    from .._simulation import Simulation


__all__ = ["Collection", "Resource", "ResourceT", "kind_of"]

__tracebackhide__ = True


class Resource:
    """A resource of the account. An attribute always has the current value.

    The attributes have the names of the REST fields in snake_case. Times are aware `datetime`
    objects in UTC. Statuses are `str` enumerations, which equal Twilio's text.
    """

    _kind: ClassVar[type[Record]]
    _name_field: ClassVar[str] = "sid"
    """The field with the name of the resource, by which a collection finds it."""

    sid: str
    """The SID: two letters and 32 hexadecimal digits. It is the same in every run of the test."""
    date_created: datetime
    """When the resource was created, as an aware `datetime` in UTC."""

    _simulation: Simulation
    _sid: str

    def __init__(self, simulation: Simulation, sid: str) -> None:
        # `__setattr__` raises an error, so the value is stored in the dictionary.
        self.__dict__.update(_simulation=simulation, _sid=sid)

    @property
    def _record(self) -> Any:
        self._simulation.sync()
        return self._simulation.account.table(self._kind)[self._sid]

    @property
    def url(self) -> str:
        """The full URL of the resource in the REST API."""
        address: str = ADDRESSES[self._kind].urls_of(self._record)["url"]
        return address

    @property
    def links(self) -> dict[str, str]:
        """The full URLs of the subresources, by name."""
        addresses: dict[str, str] = ADDRESSES[self._kind].urls_of(self._record).get("links", {})
        return addresses

    def __getattr__(self, name: str) -> Any:
        if name in public_fields(self._kind):
            value = getattr(self._record, name)
            return list(value) if isinstance(value, tuple) else value
        raise AttributeError(describe_unknown_field(self._kind, name))

    def __setattr__(self, name: str, value: object) -> None:
        member = getattr(type(self), name, None)
        if isinstance(member, property) and member.fset is not None:
            super().__setattr__(name, value)
            return
        msg = (
            f"{type(self).__name__}.{name} cannot be set to {value!r}. Change a resource by the "
            f"API, by the methods of this object, or by moving the clock"
        )
        raise AttributeError(msg)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Resource):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *fields_of(self._kind)})

    def __repr__(self) -> str:
        class_name = type(self).__name__
        record = self._simulation.account.get(self._kind, self._sid)
        if record is None:
            return f"<{class_name} {self._sid}, deleted>"
        name = getattr(record, self._name_field)
        parts = [class_name, name]
        status = getattr(record, "status", None)
        if status is not None:
            parts.append(str(status))
        if name != record.sid:  # a room without a name has its SID as its name
            parts.append(record.sid)
        return printable(f"<{' '.join(parts)}>")

    @property
    def _identity(self) -> tuple[int, str]:
        return id(self._simulation), self._sid


ResourceT = TypeVar("ResourceT", bound=Resource)


def kind_of(resource: Resource | type[Resource]) -> type[Record]:
    """Return the class of the records behind the class *resource*."""
    return resource._kind  # noqa: SLF001 -- the underscore keeps it out of users' completion


class Collection(Sequence[ResourceT], Generic[ResourceT]):
    """Resources of one class, in the order of their creation.

    A collection is like a list, but is always current. An index is a number, a slice, a name or
    a SID.
    """

    def __init__(
        self,
        simulation: Simulation,
        resource: type[ResourceT],
        condition: Callable[[Any], bool] | None = None,
        **equal: object,
    ) -> None:
        self._simulation = simulation
        self._resource = resource
        self._kind = kind_of(resource)
        self._condition = condition
        self._equal = equal

    def where(self, **fields: object) -> list[ResourceT]:
        """Return the resources whose *fields* have these values.

        Values are compared as in assertions: by ``==``, so matchers work. A compiled regular
        expression is searched for in the text.

        Raises:
            InvalidFieldError: the resources have no field of that name.
            InvalidArgumentError: the field is an enumeration, and never has that value.

        """
        check_fields(self._kind, fields)
        return [resource for resource in self if has_fields(resource, fields)]

    def __iter__(self) -> Iterator[ResourceT]:
        return iter(self._resources(self._records()))

    def __len__(self) -> int:
        return len(self._records())

    def __eq__(self, other: object) -> bool:
        """Return whether *other* is a sequence of the same resources, in the same order."""
        if isinstance(other, Sequence) and not isinstance(other, str):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # like a list: its content changes

    def __contains__(self, item: object) -> bool:
        if isinstance(item, Resource):
            return any(item == resource for resource in self)
        sid = getattr(item, "sid", item)  # The official client's objects have a SID too.
        return isinstance(sid, str) and self._find(sid) is not None

    @overload
    def __getitem__(self, key: int | str) -> ResourceT: ...
    @overload
    def __getitem__(self, key: slice) -> list[ResourceT]: ...
    def __getitem__(self, key: int | str | slice) -> ResourceT | list[ResourceT]:
        """Return the resource with this SID, name or number. For a slice, return a list.

        If several resources have had the same name, return the latest.

        Raises:
            KeyError: no resource has that SID or name.
            IndexError: the number is out of range.

        """
        if isinstance(key, slice):
            return list(self)[key]
        if isinstance(key, int):
            return self._resource(self._simulation, self._records()[key].sid)
        record = self._find(key)
        if record is None:
            names = printable(", ".join(str(self._name_of(record)) for record in self._records()))
            msg = f"{key!r} is not in this collection, which has: {names or 'no resources'}"
            raise KeyError(msg)
        return self._resource(self._simulation, record.sid)

    def __repr__(self) -> str:
        # Overdue timers do not run here, because a repr in a debugger must not deliver callbacks.
        return repr(self._resources(self._current_records()))

    def _resources(self, records: list[Any]) -> list[ResourceT]:
        return [self._resource(self._simulation, record.sid) for record in records]

    def _records(self) -> list[Any]:
        self._simulation.sync()
        return self._current_records()

    def _current_records(self) -> list[Any]:
        """Return the records as they are, before overdue timers have run."""
        records = self._simulation.account.select(self._kind, **self._equal)
        if self._condition is not None:
            records = records.where(self._condition)
        return list(records)

    def _find(self, name: str) -> Any:
        for record in reversed(self._records()):
            if name in {record.sid, self._name_of(record)}:
                return record
        return None

    def _name_of(self, record: Record) -> Any:
        return getattr(record, self._resource._name_field)  # noqa: SLF001 -- as in kind_of()
