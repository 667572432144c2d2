"""A Faker provider: SIDs, identities, room names, and resources in the form of the REST API.

::

    from faker import Faker

    fake = Faker(includes=["pytest_twilio_video.faker"])
    fake.twilio_room_sid()  # 'RM6fd7f1a0b9…'

If a test uses the fixtures ``faker`` and ``twilio_video``, ``faker`` already has the provider.
"""

from __future__ import annotations

import json

from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from faker import Faker
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
    """Made-up data for tests of applications that use Twilio Video.

    The name of each method begins with ``twilio_``, so that it does not replace a method of
    another provider. The data depend only on the seed of the Faker that has the provider.
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
        """Return the identifier of a transcription, ``video_extension_…``. It replaces a SID."""
        number = self.generator.random.getrandbits(128)
        return f"video_extension_{UUID(int=number, version=4)}"

    def twilio_identity(self) -> str:
        """Return an identity, such as ``'maria.lopez'``. It can be used in a URL."""
        name = f"{self.generator.first_name()}.{self.generator.last_name()}"
        return name.replace(" ", "-").lower()

    def twilio_room_name(self) -> str:
        """Return a name for a room, such as ``'physics-lesson-417'``. It can be used in a URL."""
        topic = self.random_element(self._topics)
        return f"{topic}-{self.random_element(self._meetings)}-{self.random_int(100, 999)}"

    def twilio_room(self, *, status: str = "in-progress", **parameters: Any) -> dict[str, Any]:
        """Return a room as the REST API shows it. *status* is ``in-progress`` or ``completed``.

        *parameters* are the parameters of the call that creates a room, in snake_case.

        Raises:
            InvalidFieldError: the call has no parameter of that name.
            InvalidArgumentError: *status* is not one of the two texts.
            RefusedError: Twilio would refuse the call.

        """
        check_parameters("twilio_room()", rooms.CreateRoom, parameters)
        return self._make(
            lambda account: self._room(account, **parameters),
            rooms.end if _is_second("status", status, "in-progress", "completed") else None,
        )

    def twilio_participant(
        self, *, status: str = "connected", identity: str | None = None
    ) -> dict[str, Any]:
        """Return a participant as the REST API shows it: ``connected`` or ``disconnected``."""
        is_finished = _is_second("status", status, "connected", "disconnected")
        return self._make(
            lambda account: self._participant(account, self._room(account), identity),
            participants.leave if is_finished else None,
        )

    def twilio_published_track(
        self, *, kind: str = "video", name: str | None = None
    ) -> dict[str, Any]:
        """Return a published track as the REST API shows it: ``audio``, ``video`` or ``data``."""
        word("kind", kind, enum_values(TrackKind))
        if name is not None:
            text("name", name)
        return self._make(lambda account: self._track(account, self._room(account), kind, name))

    def twilio_recording(
        self, *, status: str = "completed", kind: str | None = None
    ) -> dict[str, Any]:
        """Return a recording as the REST API shows it: ``processing`` or ``completed``."""
        track_kind = self.random_element(("audio", "video")) if kind is None else kind
        word("kind", track_kind, ("audio", "video"))

        def begin(account: Account) -> Record:
            room = self._room(account, record_participants_on_connect=True)
            track = self._track(account, room, track_kind)
            (recording,) = account.select(recordings.Recording, source_sid=track.sid)
            return recording

        def finish(account: Account, recording: recordings.Recording) -> None:
            rooms.end(account, account.table(rooms.Room)[recording.room_sid])

        is_finished = _is_second("status", status, "processing", "completed")
        return self._make(begin, finish if is_finished else None)

    def twilio_composition(self, *, status: str = "completed") -> dict[str, Any]:
        """Return a composition as the REST API shows it: ``enqueued`` or ``completed``."""

        def begin(account: Account) -> Record:
            room = self._room(account, record_participants_on_connect=True)
            self._track(account, room, "audio")
            params = {"room_sid": room.sid, "audio_sources": ["*"]}
            return compositions.create(account, build(compositions.CreateComposition, params))

        def finish(account: Account, composition: compositions.Composition) -> None:
            rooms.end(account, account.table(rooms.Room)[composition.room_sid])

        is_finished = _is_second("status", status, "enqueued", "completed")
        return self._make(begin, finish if is_finished else None)

    def twilio_composition_hook(self, *, friendly_name: str | None = None) -> dict[str, Any]:
        """Return a composition hook as the REST API shows it."""
        name = f"hook of {self.twilio_room_name()}" if friendly_name is None else friendly_name
        params = {"friendly_name": name, "audio_sources": ["*"]}

        def begin(account: Account) -> Record:
            return composition_hooks.create(
                account, build(composition_hooks.CreateCompositionHook, params)
            )

        return self._make(begin)

    def twilio_transcription(self) -> dict[str, Any]:
        """Return a started transcription as the REST API shows it."""
        defaults = transcriptions.CreateTranscription()
        return self._make(
            lambda account: transcriptions.create(account, self._room(account), defaults)
        )

    def _make(
        self,
        begin: Callable[[Account], Record],
        finish: Callable[[Account, Any], object] | None = None,
    ) -> dict[str, Any]:
        """Return the document of the record that *begin* creates in an empty account.

        *finish* changes the record first. Both call operations of the fake, so the document is
        like one in a response of the fake.
        """
        start = datetime(2025, 1, 1, tzinfo=timezone.utc)
        start += timedelta(seconds=self.random_int(0, 365 * 86400))
        account = self._account(start)
        created: list[Record] = []
        # Shorter than the default timeouts, so that they do not end the room first.
        delay = timedelta(seconds=self.random_int(10, 290))

        def plan() -> None:
            created.append(begin(account))
            if finish is not None:
                account.clock.call_later(delay, partial(finish, account, created[0]), "its end")

        # The five minutes are enough for a composition to complete.
        until = start if finish is None else start + delay + timedelta(minutes=5)
        try:
            account.clock.replay(start, until, plan)
        except Refusal as refusal:
            raise RefusedError.of(refusal) from None
        return _document(account.now(created[0]))

    def _account(self, start: datetime) -> Account:
        return Account(
            self.twilio_account_sid(),
            seed=str(self.generator.random.getrandbits(64)),
            start=start,
            reactions=REACTIONS,
        )

    def _room(self, account: Account, **parameters: Any) -> rooms.Room:
        defaults: dict[str, Any] = {"unique_name": self.twilio_room_name()}
        return rooms.create(account, build(rooms.CreateRoom, defaults | parameters))

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
    """Return a provider with English names, which uses the random generator *dice*."""
    generator = Generator()
    generator.random = dice
    generator.add_provider(EnglishNames)
    return Provider(generator)


def register(fake: object) -> Callable[[], None]:
    """Add the provider to each locale of *fake*, a `faker.Faker`, unless the locale has it.

    Anything else stays as it is: a test suite may have a fixture of its own with this name.

    Return a function that removes the provider again, because Faker's fixture passes the same
    object to all tests.
    """
    methods_before = {}
    for factory in fake.factories if isinstance(fake, Faker) else ():
        if not hasattr(factory, "twilio_room_sid"):
            methods_before[factory] = dict(vars(factory))
            factory.add_provider(Provider)

    def unregister() -> None:
        for factory, methods in methods_before.items():
            factory.providers[:] = [
                provider for provider in factory.providers if not isinstance(provider, Provider)
            ]
            for name, value in list(vars(factory).items()):
                if isinstance(getattr(value, "__self__", None), Provider):
                    delattr(factory, name)
                    if name in methods:  # a method that every provider has, such as random_int
                        setattr(factory, name, methods[name])

    return unregister


def _is_second(name: str, value: str, first: str, second: str) -> bool:
    word(name, value, (first, second))
    return value == second


def _document(record: Record) -> dict[str, Any]:
    """Return *record* as a JSON document of the REST API."""
    document = representation.document(record, routes.ADDRESSES)
    decoded: dict[str, Any] = json.loads(representation.encode(document))
    return decoded
