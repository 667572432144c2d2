"""A Faker provider: SIDs, identities, room names, and whole resources as REST shows them.

::

    from faker import Faker

    fake = Faker(includes=["pytest_twilio_video.faker"])
    fake.twilio_room_sid()  # 'RM6fd7f1a0b9…'

In a test that uses the fixtures ``faker`` and ``twilio_video``, the former has it already.
"""

from __future__ import annotations

import json

from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from faker.generator import Generator
from faker.providers import BaseProvider
from faker.providers.person.en_US import Provider as EnglishNames

from ._api import representation, routes
from ._assertions.names import check_parameters
from ._engine.account import Account
from ._engine.arguments import text, word
from ._engine.parameters import build, enum_values
from ._engine.refusals import Refusal
from ._resources import (
    composition_hooks,
    compositions,
    participants,
    published_tracks,
    recordings,
    rooms,
    transcriptions,
)
from ._resources.published_tracks import TrackKind
from ._resources.reactions import REACTIONS
from .errors import RefusedError


if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random  # noqa: TID251 -- a type

    from ._engine.records import Record


__all__ = ["Provider"]


class Provider(BaseProvider):  # type: ignore[misc, unused-ignore]
    """What a test of an application on Twilio Video likes to make up.

    Every method's name begins with ``twilio_``, lest it hide one of another provider. Draws
    come from the Faker that it was added to: the same seed, the same data.
    """

    _topics: Final = (
        *("algebra", "biology", "budget", "design", "french", "hiring", "latin"),
        *("marketing", "physics", "product", "sales", "security", "support"),
    )
    _meetings: Final = ("call", "class", "consultation", "lesson", "review", "standup", "workshop")

    def twilio_sid(self, prefix: str) -> str:
        """Return *prefix* and 32 lower-case hexadecimal digits."""
        return f"{prefix}{self.generator.random.getrandbits(128):032x}"

    def twilio_account_sid(self) -> str:
        """Return the SID of an account, ``AC…``."""
        return self.twilio_sid("AC")

    def twilio_api_key_sid(self) -> str:
        """Return the SID of an API key, ``SK…``."""
        return self.twilio_sid("SK")

    def twilio_room_sid(self) -> str:
        """Return the SID of a room, ``RM…``."""
        return self.twilio_sid("RM")

    def twilio_participant_sid(self) -> str:
        """Return the SID of a participant, ``PA…``."""
        return self.twilio_sid("PA")

    def twilio_track_sid(self) -> str:
        """Return the SID of a track, ``MT…``."""
        return self.twilio_sid("MT")

    def twilio_recording_sid(self) -> str:
        """Return the SID of a recording, ``RT…``."""
        return self.twilio_sid("RT")

    def twilio_composition_sid(self) -> str:
        """Return the SID of a composition, ``CJ…``."""
        return self.twilio_sid("CJ")

    def twilio_composition_hook_sid(self) -> str:
        """Return the SID of a composition hook, ``HK…``."""
        return self.twilio_sid("HK")

    def twilio_credential_sid(self) -> str:
        """Return the SID of a stored credential or public key, ``CR…``."""
        return self.twilio_sid("CR")

    def twilio_ttid(self) -> str:
        """Return the identifier of a transcription, ``video_extension_…``, which has no SID."""
        number = self.generator.random.getrandbits(128)
        return f"video_extension_{UUID(int=number, version=4)}"

    def twilio_identity(self) -> str:
        """Return an identity, ``'maria.lopez'``: a person's name that may stand in a URL."""
        name = f"{self.generator.first_name()}.{self.generator.last_name()}"
        return name.replace(" ", "-").lower()

    def twilio_room_name(self) -> str:
        """Return a unique name for a room, ``'physics-lesson-417'``, that may stand in a URL."""
        topic = self.random_element(self._topics)
        return f"{topic}-{self.random_element(self._meetings)}-{self.random_int(100, 999)}"

    def twilio_room(self, *, status: str = "in-progress", **parameters: Any) -> dict[str, Any]:
        """Return a room, ``in-progress`` or ``completed``, as REST shows it.

        *parameters* are those of its creation, in snake_case.
        """
        check_parameters("twilio_room()", rooms.CreateRoom, parameters)
        return self._made(
            lambda account: self._room(account, **parameters),
            rooms.end if _is_second("status", status, "in-progress", "completed") else None,
        )

    def twilio_participant(
        self, *, status: str = "connected", identity: str | None = None
    ) -> dict[str, Any]:
        """Return a participant, ``connected`` or ``disconnected``, as REST shows them."""
        is_over = _is_second("status", status, "connected", "disconnected")
        return self._made(
            lambda account: self._participant(account, self._room(account), identity),
            participants.leave if is_over else None,
        )

    def twilio_published_track(
        self, *, kind: str = "video", name: str | None = None
    ) -> dict[str, Any]:
        """Return a published track, ``audio``, ``video`` or ``data``, as REST shows it."""
        word("kind", kind, enum_values(TrackKind))
        if name is not None:
            text("name", name)
        return self._made(lambda account: self._track(account, self._room(account), kind, name))

    def twilio_recording(
        self, *, status: str = "completed", kind: str | None = None
    ) -> dict[str, Any]:
        """Return a recording, ``processing`` or ``completed``, as REST shows it."""
        what = self.random_element(("audio", "video")) if kind is None else kind
        word("kind", what, ("audio", "video"))

        def begin(account: Account) -> Record:
            room = self._room(account, record_participants_on_connect=True)
            track = self._track(account, room, what)
            (recording,) = account.select(recordings.Recording, source_sid=track.sid)
            return recording

        def finish(account: Account, recording: recordings.Recording) -> None:
            rooms.end(account, account.table(rooms.Room)[recording.room_sid])

        is_over = _is_second("status", status, "processing", "completed")
        return self._made(begin, finish if is_over else None)

    def twilio_composition(self, *, status: str = "completed") -> dict[str, Any]:
        """Return a composition, ``enqueued`` or ``completed``, as REST shows it."""

        def begin(account: Account) -> Record:
            room = self._room(account, record_participants_on_connect=True)
            self._track(account, room, "audio")
            said = {"room_sid": room.sid, "audio_sources": ["*"]}
            return compositions.create(account, build(compositions.CreateComposition, said))

        def finish(account: Account, composition: compositions.Composition) -> None:
            rooms.end(account, account.table(rooms.Room)[composition.room_sid])

        is_over = _is_second("status", status, "enqueued", "completed")
        return self._made(begin, finish if is_over else None)

    def twilio_composition_hook(self, *, friendly_name: str | None = None) -> dict[str, Any]:
        """Return a composition hook as REST shows it."""
        name = f"hook of {self.twilio_room_name()}" if friendly_name is None else friendly_name
        said = {"friendly_name": name, "audio_sources": ["*"]}

        def begin(account: Account) -> Record:
            params = build(composition_hooks.CreateCompositionHook, said)
            return composition_hooks.create(account, params)

        return self._made(begin)

    def twilio_transcription(self) -> dict[str, Any]:
        """Return a transcription that was started, as REST shows it."""
        nothing_said = transcriptions.CreateTranscription()
        return self._made(
            lambda account: transcriptions.create(account, self._room(account), nothing_said)
        )

    def _made(
        self,
        begin: Callable[[Account], Record],
        finish: Callable[[Account, Any], object] | None = None,
    ) -> dict[str, Any]:
        """Return what *begin* makes in an empty account, as *finish*, some time later, left it.

        Things are made by the real operations, so that what is made up here cannot differ from
        what the fake answers.
        """
        start = datetime(2025, 1, 1, tzinfo=timezone.utc)
        start += timedelta(seconds=self.random_int(0, 365 * 86400))
        account = self._account(start)
        made: list[Record] = []
        # Before any timeout strikes that would end the room.
        delay = timedelta(seconds=self.random_int(10, 290))

        def plan() -> None:
            made.append(begin(account))
            if finish is not None:
                account.clock.call_later(delay, partial(finish, account, made[0]), "its end")

        # What is finished has the time that a composition takes.
        until = start if finish is None else start + delay + timedelta(minutes=5)
        try:
            account.clock.replay(start, until, plan)
        except Refusal as refusal:
            raise RefusedError.of(refusal) from None
        return _as_rest_shows(account.now(made[0]))

    def _account(self, start: datetime) -> Account:
        return Account(
            self.twilio_account_sid(),
            seed=str(self.generator.random.getrandbits(64)),
            start=start,
            reactions=REACTIONS,
        )

    def _room(self, account: Account, **parameters: Any) -> rooms.Room:
        named: dict[str, Any] = {"unique_name": self.twilio_room_name()}
        return rooms.create(account, build(rooms.CreateRoom, named | parameters))

    def _participant(
        self, account: Account, room: rooms.Room, identity: str | None = None
    ) -> participants.Participant:
        name = self.twilio_identity() if identity is None else identity
        return participants.connect(account, room, name)

    def _track(
        self, account: Account, room: rooms.Room, kind: str, name: str | None = None
    ) -> published_tracks.PublishedTrack:
        publisher = self._participant(account, room)
        return published_tracks.publish(account, room, publisher, TrackKind(kind), name)


def drawing_from(dice: Random) -> Provider:
    """Return a provider, with English names, whose draws come from *dice*."""
    generator = Generator()
    generator.random = dice
    generator.add_provider(EnglishNames)
    return Provider(generator)


def register(fake: Any) -> Callable[[], None]:
    """Add the provider to *fake*, a `faker.Faker`, once, for each of its locales.

    Return what takes it away again: Faker's own fixture hands the same object to all tests.
    """
    before = {}
    for factory in fake.factories:
        if not hasattr(factory, "twilio_room_sid"):
            before[factory] = dict(vars(factory))
            factory.add_provider(Provider)

    def forget() -> None:
        for factory, methods in before.items():
            factory.providers[:] = [p for p in factory.providers if not isinstance(p, Provider)]
            for name, value in list(vars(factory).items()):
                if isinstance(getattr(value, "__self__", None), Provider):
                    delattr(factory, name)
                    if name in methods:  # random_int, say, which every provider has
                        setattr(factory, name, methods[name])

    return forget


def _is_second(name: str, value: str, first: str, second: str) -> bool:
    word(name, value, (first, second))
    return value == second


def _as_rest_shows(record: Record) -> dict[str, Any]:
    document = representation.document(record, routes.ADDRESSES)
    shown: dict[str, Any] = json.loads(representation.encode(document))
    return shown
