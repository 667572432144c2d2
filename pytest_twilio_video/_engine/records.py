"""Records: the state of one resource at one moment, and the tables that hold records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, fields, make_dataclass
from enum import Enum
from functools import cache
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_options: object) -> Callable[[Any], Any]:
        """Do nothing at run time. It is for type checkers. Python has it since 3.11."""
        return lambda decorator: decorator


__all__ = [
    "Record",
    "RecordT",
    "Selection",
    "StrEnum",
    "Table",
    "created_between",
    "field_names",
    "internal",
    "per_class",
    "project",
    "public_fields",
    "struct",
    "values_of",
]

__tracebackhide__ = True

AnswerT = TypeVar("AnswerT")
KindT = TypeVar("KindT")


def internal(**kwargs: Any) -> Any:
    """Declare a field that no response of Twilio shows."""
    return field(metadata={"internal": True}, **kwargs)


@dataclass_transform(frozen_default=True, field_specifiers=(field, internal))
def struct(*, kw_only: bool = False, slots: bool = False) -> Callable[[type[KindT]], type[KindT]]:
    """Decorate a class as an immutable dataclass. Instances with equal fields are equal.

    Problem: a frozen dataclass compiles its methods for each class, which took half the time of
    importing all our modules. Most tests use few of these classes.

    Solution: only the type checker forbids assignment. All structs share one ``__eq__``, one
    ``__hash__`` and one ``__repr__``. The ``__init__`` is compiled when it is first called.
    """

    def make(kind: type[KindT]) -> type[KindT]:
        struct_class: Any = dataclass(
            kind, init=False, eq=False, repr=False, kw_only=kw_only, slots=slots
        )
        struct_class.__init__ = _compiling(struct_class)
        struct_class.__eq__, struct_class.__hash__ = _is_equal, _hash
        if struct_class.__repr__ is object.__repr__:
            struct_class.__repr__ = _repr
        return struct_class  # type: ignore[no-any-return]

    return make


def _compiling(kind: Any) -> Callable[..., None]:
    """Return an ``__init__`` that compiles the real one when it is first called."""

    def compile_and_initialize(self: object, *args: Any, **kwargs: Any) -> None:
        parameters = [
            (
                attribute.name,
                attribute.type,
                field(
                    default=attribute.default,
                    default_factory=attribute.default_factory,
                    kw_only=attribute.kw_only,
                ),
            )
            for attribute in fields(kind)
        ]
        # Without a docstring, dataclasses would make one, of the signature. The module says
        # whether reports hide what is compiled; from Python 3.12 on, it is this one anyway.
        inherited = ("__doc__", "__module__", "__post_init__")
        others = {name: getattr(kind, name) for name in inherited if hasattr(kind, name)}
        like = make_dataclass(kind.__name__, parameters, namespace=others, eq=False, repr=False)
        initialize: Callable[..., None] = vars(like)["__init__"]
        kind.__init__ = initialize
        initialize(self, *args, **kwargs)

    return compile_and_initialize


def _values(instance: Any) -> tuple[Any, ...]:
    return tuple(getattr(instance, field.name) for field in fields(instance))


def _is_equal(self: object, other: object) -> Any:
    return _values(self) == _values(other) if type(self) is type(other) else NotImplemented


def _hash(self: object) -> int:
    return hash(_values(self))


def _repr(self: object) -> str:
    shown = [
        f"{attribute.name}={getattr(self, attribute.name)!r}"
        for attribute in fields(self)  # type: ignore[arg-type]
        if attribute.repr
    ]
    return f"{type(self).__qualname__}({', '.join(shown)})"


class StrEnum(str, Enum):
    """An enumeration whose members equal their text. Python has `enum.StrEnum` since 3.11."""

    __str__ = str.__str__


def per_class(function: Callable[[type], AnswerT]) -> Callable[[type], AnswerT]:
    """Cache the result of *function* for each class.

    This is `functools.cache` with other types, because for mypy a class is not hashable.
    """
    return cache(function)


@struct(kw_only=True, slots=True)
class Record:
    """A resource at one moment. A change creates a new record."""

    sid_prefix: ClassVar[str]
    indexed: ClassVar[tuple[str, ...]] = ()
    """The names of the fields that have an index, so that `Table.select` is fast."""

    sid: str
    date_created: datetime


RecordT = TypeVar("RecordT", bound=Record)
ShownT = TypeVar("ShownT", bound=Record)

_Key = tuple[str, object]  # the name of an indexed field, and a value


@per_class
def field_names(kind: type) -> tuple[str, ...]:
    """Return the names of all fields of *kind*, in the order of their declaration."""
    return tuple(field.name for field in fields(kind))


@per_class
def public_fields(kind: type) -> tuple[str, ...]:
    """Return the names of the fields of *kind* that responses show."""
    return tuple(field.name for field in fields(kind) if not field.metadata.get("internal"))


def values_of(record: Record, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the values of the fields *names* of *record*, by name."""
    return {name: getattr(record, name) for name in names}


def project(kind: type[RecordT], record: Record, **others: Any) -> RecordT:
    """Return a *kind* with the fields of *record* that *kind* has, and with *others*.

    Twilio shows some resources in two forms. For example, a recording has one form under
    ``/Recordings`` and another one below its room.
    """
    both = {name: getattr(record, name) for name in field_names(kind) if hasattr(record, name)}
    return kind(**(both | others))


class Table(Generic[RecordT]):
    """All records of one kind, in the order of their creation.

    The *position* of a record is its number in this order. It never changes, and the table knows
    it even after the record is removed. So a page of a list begins where the previous page ended,
    even if records were created or removed in between.

    Creating, changing and removing a record, and the first page of a list, take the same time in
    a large table as in a small one. Later pages take longer the further they are from the first.
    """

    def __init__(self, kind: type[RecordT]) -> None:
        self.kind = kind
        self._records: dict[int, RecordT] = {}
        """The records by position."""
        self._positions: dict[str, int] = {}
        self._indexes: defaultdict[_Key, dict[int, None]] = defaultdict(dict)
        """For each value of an indexed field, the positions of the records that have it."""
        self._unordered: set[_Key] = set()
        """The keys of indexes that must be sorted, because an older record was added later."""

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, sid: str) -> RecordT:
        return self._records[self._positions[sid]]

    def get(self, sid: str) -> RecordT | None:
        """Return the current record with this *sid*, or `None`."""
        return self._records.get(self._positions.get(sid, -1))

    def at(self, position: int) -> RecordT:
        """Return the record at *position*."""
        return self._records[position]

    def present(self, positions: list[int]) -> list[RecordT]:
        """Return the records at *positions*. Positions of removed records are skipped."""
        records = map(self._records.get, positions)
        return [record for record in records if record is not None]

    def position_of(self, sid: str) -> int | None:
        """Return the position of the record with this *sid*, even if it was removed."""
        return self._positions.get(sid)

    def upsert(self, record: RecordT) -> None:
        """Add *record*. If there is a record with the same SID, replace it."""
        position = self._positions.setdefault(record.sid, len(self._positions))
        before = self._records.get(position)
        self._records[position] = record
        old, new = self._keys(before), self._keys(record)
        for key in old - new:
            del self._indexes[key][position]
        for key in new - old:
            index = self._indexes[key]
            if index and position < next(reversed(index)):
                self._unordered.add(key)
            index[position] = None

    def remove(self, sid: str) -> None:
        """Remove the record with this *sid*. The table still knows its position."""
        position = self._positions[sid]
        for key in self._keys(self._records.pop(position)):
            del self._indexes[key][position]

    def select(self, **equal: object) -> Selection[RecordT]:
        """Return the records whose fields have these values."""
        fewest: dict[int, Any] = self._records
        for name in self.kind.indexed:
            if name in equal and len(found := self._ordered((name, equal[name]))) <= len(fewest):
                fewest = found
        return Selection(self, fewest, equal)

    def _keys(self, record: RecordT | None) -> set[_Key]:
        return {(name, getattr(record, name)) for name in self.kind.indexed} if record else set()

    def _ordered(self, key: _Key) -> dict[int, None]:
        if key in self._unordered:
            self._unordered.remove(key)
            self._indexes[key] = dict.fromkeys(sorted(self._indexes[key]))
        return self._indexes.get(key, {})


class Selection(Generic[RecordT]):
    """The records of a table that meet some conditions. Each iteration looks them up again."""

    def __init__(
        self,
        table: Table[RecordT],
        positions: dict[int, Any],
        equal: dict[str, object],
        conditions: tuple[Callable[[RecordT], bool], ...] = (),
        show: Callable[[RecordT], Any] | None = None,
    ) -> None:
        self.table = table
        self._positions = positions
        self._equal = equal
        self._conditions = conditions
        self._show = show

    def where(self, condition: Callable[[RecordT], bool]) -> Selection[RecordT]:
        """Return the records of this selection that also meet *condition*."""
        conditions = (*self._conditions, condition)
        return Selection(self.table, self._positions, self._equal, conditions, self._show)

    def map(self, show: Callable[[RecordT], ShownT]) -> Selection[ShownT]:
        """Return a selection of what *show* returns for each record, for example by `project`.

        *show* must keep the SID, because a page of a list is found by the SID of a record.
        """
        mapped: Selection[Any] = Selection(
            self.table, self._positions, self._equal, self._conditions, show
        )
        return mapped

    def __iter__(self) -> Iterator[RecordT]:
        """Iterate in the order of creation. Changes during the iteration have no effect on it."""
        return self._matching(self.table.present(list(self._positions)))

    def first(self) -> RecordT | None:
        """Return the oldest record, or `None` if nothing matches."""
        return next(self._matching(map(self.table.at, self._positions)), None)

    def count(self) -> int:
        """Return the number of records."""
        is_index = len(self._equal) == 1 and self._equal.keys() <= set(self.table.kind.indexed)
        return len(self._positions) if is_index and not self._conditions else sum(1 for _ in self)

    def newest_first(self, before: int | None = None) -> Iterator[RecordT]:
        """Iterate from the newest record to the oldest, beginning before the position *before*."""
        positions = iter(reversed(self._positions))
        if before is not None:
            positions = dropwhile(lambda position: position >= before, positions)
        return self._matching(map(self.table.at, positions))

    def page_before(self, position: int, size: int) -> list[RecordT]:
        """Return the *size* records that come just before *position* in a newest-first list."""
        newer = dropwhile(lambda candidate: candidate <= position, self._positions)
        return list(islice(self._matching(map(self.table.at, newer)), size))[::-1]

    def _matching(self, records: Iterable[RecordT]) -> Iterator[Any]:
        matching = filter(self._meets, records)
        return matching if self._show is None else map(self._show, matching)

    def _meets(self, record: RecordT) -> bool:
        return all(getattr(record, name) == value for name, value in self._equal.items()) and all(
            condition(record) for condition in self._conditions
        )


def created_between(
    selection: Selection[RecordT], after: datetime | None, before: datetime | None
) -> Selection[RecordT]:
    """Return the records that were created at or after *after*, and strictly before *before*."""
    if after is not None:
        selection = selection.where(lambda record: record.date_created >= after)
    if before is not None:
        selection = selection.where(lambda record: record.date_created < before)
    return selection
