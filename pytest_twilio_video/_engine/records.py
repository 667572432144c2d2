"""Records: what is known of one thing at one moment, and the tables that keep them."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

__all__ = [
    "Record",
    "RecordT",
    "Selection",
    "StrEnum",
    "Table",
    "created_between",
    "field_names",
    "internal",
    "project",
    "public_fields",
    "struct",
    "values_of",
]


# Structs: dataclasses that are frozen for the type checker, and cost little when they run.
#
# Problem: a frozen dataclass sets each of its fields by a function call, which for a room is a
# tenth of what its creation takes; and for each class new functions are compiled, which for all
# of ours is a third of the first use of the fixture.
#
# Solution: that nothing is set later is left to the type checker, and what all structs can do
# alike, to be compared and shown, is written once.


if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_said: object) -> Callable[[Any], Any]:
        """Stand in for what speaks to type checkers alone, and to Python from 3.11 on."""
        return lambda decorator: decorator


KindT = TypeVar("KindT")


def internal(**kwargs: Any) -> Any:
    """Declare a field that Twilio keeps to itself: no answer shows it."""
    return field(metadata={"internal": True}, **kwargs)


@dataclass_transform(frozen_default=True, field_specifiers=(field, internal))
def struct(*, kw_only: bool = False, slots: bool = False) -> Callable[[type[KindT]], type[KindT]]:
    """Make a class of fields: equal where they are equal, and never changed."""

    def make(kind: type[KindT]) -> type[KindT]:
        made: Any = dataclass(kind, eq=False, repr=False, kw_only=kw_only, slots=slots)
        made.__eq__, made.__hash__ = _is_equal, _hash
        if made.__repr__ is object.__repr__:
            made.__repr__ = _show
        return made  # type: ignore[no-any-return]

    return make


def _said(thing: Any) -> tuple[Any, ...]:
    return tuple(getattr(thing, each.name) for each in fields(thing))


def _is_equal(self: object, other: object) -> Any:
    return _said(self) == _said(other) if type(self) is type(other) else NotImplemented


def _hash(self: object) -> int:
    return hash(_said(self))


def _show(self: object) -> str:
    said = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self))  # type: ignore[arg-type]
    return f"{type(self).__qualname__}({', '.join(said)})"


# Answers about a class, worked out once.


AnswerT = TypeVar("AnswerT")


def per_class(function: Callable[[type], AnswerT]) -> Callable[[type], AnswerT]:
    """Remember what *function* says of each class.

    It is `functools.cache`, in the words of a type checker that does not take classes for
    hashable.
    """
    return cache(function)


# Vocabulary: what Twilio has one of a few words for.


class StrEnum(str, Enum):
    """A word of Twilio's, of those that may stand in one place: equal to its text.

    It is printed as that text, too: this is `enum.StrEnum`, which Python has from 3.11 on.
    """

    __str__ = str.__str__


@struct(kw_only=True, slots=True)
class Record:
    """A thing as it is at one moment. A change makes a new record."""

    sid_prefix: ClassVar[str]
    indexed: ClassVar[tuple[str, ...]] = ()
    """Names of the fields by which `Table.select` finds records without a search."""

    sid: str
    date_created: datetime


RecordT = TypeVar("RecordT", bound=Record)
ShownT = TypeVar("ShownT", bound=Record)


@per_class
def field_names(kind: type) -> tuple[str, ...]:
    """Return the names of all fields of *kind*, in the order of their declaration."""
    return tuple(each.name for each in fields(kind))


@per_class
def public_fields(kind: type) -> tuple[str, ...]:
    """Return the names of the fields that answers show."""
    return tuple(each.name for each in fields(kind) if not each.metadata.get("internal"))


def values_of(record: Record, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the values of those fields of *record*, two at least, by their *names*."""
    return dict(zip(names, _reader(names)(record), strict=True))


@cache
def _reader(names: tuple[str, ...]) -> attrgetter[tuple[Any, ...]]:
    """Return what reads them all at once, without a loop in Python."""
    return attrgetter(*names)


def project(kind: type[RecordT], record: Record, **others: Any) -> RecordT:
    """Return *record* as *kind* shows it: the fields that both have, and *others*.

    Twilio shows some things in two ways, e.g. a recording by itself and below its room.
    """
    both = {name: getattr(record, name) for name in field_names(kind) if hasattr(record, name)}
    return kind(**(both | others))


class Table(Generic[RecordT]):
    """All records of one kind, in the order of their creation.

    A record's *place* is its number in that order and never changes, so that
    a page of a list can go on where the one before it stopped, whatever has
    come or gone since, and however long the list. Places are kept in sorted
    arrays: to take one out of 100,000 moves 400 KB at most, which takes some
    microseconds, and out of a hundred next to nothing.
    """

    def __init__(self, kind: type[RecordT]) -> None:
        self.kind = kind
        self._records: dict[str, RecordT] = {}
        self._places: dict[str, int] = {}
        self._sids: list[str] = []
        self._all = array("I")
        self._indexes: dict[tuple[str, object], array[int]] = {}

    def __len__(self) -> int:
        return len(self._records)

    def get(self, sid: str) -> RecordT | None:
        """Return the record of that *sid*, as it is now."""
        return self._records.get(sid)

    def __getitem__(self, sid: str) -> RecordT:
        return self._records[sid]

    def place_of(self, sid: str) -> int | None:
        """Return where *sid* stands, or stood before it was removed."""
        return self._places.get(sid)

    def at(self, place: int) -> RecordT:
        """Return the record at *place*."""
        return self._records[self._sids[place]]

    def put(self, record: RecordT) -> None:
        """Add *record*, or let it take the place of the one with its SID."""
        sid = record.sid
        earlier = self._records.get(sid)
        self._records[sid] = record
        if earlier is None:
            place = self._places[sid] = len(self._sids)
            self._sids.append(sid)
            self._all.append(place)
            for name in self.kind.indexed:
                self._list(name, getattr(record, name), place)
        else:
            self._move(earlier, record)

    def remove(self, sid: str) -> None:
        """Forget the record of that *sid*, but not its place."""
        record, place = self._records.pop(sid), self._places[sid]
        _take(self._all, place)
        for name in self.kind.indexed:
            self._unlist(name, getattr(record, name), place)

    def select(self, **equal: object) -> Selection[RecordT]:
        """Return the records whose fields have these values."""
        shortest: Sequence[int] = self._all
        for name in self.kind.indexed:
            if name in equal:
                shortest = min(self._indexes.get((name, equal[name]), ()), shortest, key=len)
        return Selection(self, shortest, equal)

    def _move(self, before: RecordT, after: RecordT) -> None:
        """List *after* where it differs from what was listed *before*."""
        place = self._places[after.sid]
        for name in self.kind.indexed:
            old, new = getattr(before, name), getattr(after, name)
            if old != new:
                self._unlist(name, old, place)
                self._list(name, new, place)

    def _list(self, name: str, value: object, place: int) -> None:
        places = self._indexes.get((name, value))
        if places is None:
            self._indexes[name, value] = array("I", (place,))
        else:
            insort(places, place)

    def _unlist(self, name: str, value: object, place: int) -> None:
        places = self._indexes[name, value]
        _take(places, place)
        if not places:
            del self._indexes[name, value]


def _take(places: array[int], place: int) -> None:
    del places[bisect_left(places, place)]


class Selection(Generic[RecordT]):
    """Records of a table that have something in common; looked up when iterated."""

    def __init__(
        self,
        table: Table[RecordT],
        places: Sequence[int],
        equal: dict[str, object],
        conditions: tuple[Callable[[RecordT], bool], ...] = (),
        show: Callable[[RecordT], Any] | None = None,
    ) -> None:
        self.table = table
        self._places = places
        self._equal = equal
        self._conditions = conditions
        self._show = show

    def where(self, condition: Callable[[RecordT], bool]) -> Selection[RecordT]:
        """Return those of them that also meet *condition*."""
        conditions = (*self._conditions, condition)
        return Selection(self.table, self._places, self._equal, conditions, self._show)

    def shown_by(self, show: Callable[[RecordT], ShownT]) -> Selection[ShownT]:
        """Return the same, each as *show* shows it when it is looked up; see `project`.

        What is shown keeps the SID: by it a page of a list finds its place again.
        """
        selection: Selection[Any] = Selection(
            self.table, self._places, self._equal, self._conditions, show
        )
        return selection

    def __iter__(self) -> Iterator[RecordT]:
        """Iterate in the order of creation, over a copy: records may change meanwhile."""
        return self._found([self.table.at(place) for place in self._places])

    def first(self) -> RecordT | None:
        """Return the oldest of them."""
        return next(self._found(map(self.table.at, self._places)), None)

    def count(self) -> int:
        """Return how many they are."""
        is_index = len(self._equal) == 1 and self._equal.keys() <= set(self.table.kind.indexed)
        return len(self._places) if is_index and not self._conditions else sum(1 for _ in self)

    def newest_first(self, before: int | None = None) -> Iterator[RecordT]:
        """Iterate from the newest, or from the one that stands next before that place."""
        places = self._places
        end = len(places) if before is None else bisect_left(places, before)
        going = map(places.__getitem__, range(end - 1, -1, -1))
        return self._found(map(self.table.at, going))

    def page_before(self, place: int, size: int) -> list[RecordT]:
        """Return the *size* records that a newest-first list shows before that *place*."""
        places = self._places
        going = map(places.__getitem__, range(bisect_right(places, place), len(places)))
        return list(islice(self._found(map(self.table.at, going)), size))[::-1]

    def _found(self, records: Iterable[RecordT]) -> Iterator[Any]:
        found = filter(self._meets, records)
        return found if self._show is None else map(self._show, found)

    def _meets(self, record: RecordT) -> bool:
        return all(getattr(record, name) == value for name, value in self._equal.items()) and all(
            condition(record) for condition in self._conditions
        )


def created_between(
    selection: Selection[RecordT], after: datetime | None, before: datetime | None
) -> Selection[RecordT]:
    """Keep what was created from *after* on, inclusive, and strictly before *before*."""
    if after is not None:
        selection = selection.where(lambda record: record.date_created >= after)
    if before is not None:
        selection = selection.where(lambda record: record.date_created < before)
    return selection
