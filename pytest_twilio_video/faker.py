"""A Faker provider: SIDs, identities, room names, and whole resources as REST shows them.

::

    from faker import Faker

    fake = Faker(includes=["pytest_twilio_video.faker"])
    fake.twilio_room_sid()  # 'RM6fd7f1a0b9…'

In a test that uses the fixtures ``faker`` and ``twilio_video``, the former has it already.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from faker.generator import Generator
from faker.providers import BaseProvider
from faker.providers.person.en_US import Provider as EnglishNames

from ._api import representation, routes
from ._engine.account import Account
from ._engine.parameters import build
from ._resources import participants, published_tracks, rooms
from ._resources.consequences import CONSEQUENCES
from ._resources.past import Outline


if TYPE_CHECKING:
    from random import Random

    from ._engine.records import Record


__all__ = ["Provider", "drawing_from", "newcomer", "outline", "register"]


class Provider(BaseProvider):  # type: ignore[misc, unused-ignore]
    """What a test of an application on Twilio Video likes to make up.

    Every method's name begins with ``twilio_``, lest it hide one of another provider. Draws
    come from the Faker that it was added to: the same seed, the same data.
    """

    _topics: Final = ("algebra", "biology", "budget", "design", "french", "hiring", "latin")
    _topics_too: Final = ("marketing", "physics", "product", "sales", "security", "support")
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

    def twilio_identity(self) -> str:
        """Return an identity, ``'maria.lopez'``: a person's name that may stand in a URL."""
        name = f"{self.generator.first_name()}.{self.generator.last_name()}"
        return name.replace(" ", "-").lower()

    def twilio_room_name(self) -> str:
        """Return a unique name for a room, ``'physics-lesson-417'``, that may stand in a URL."""
        topic = self.random_element(self._topics + self._topics_too)
        return f"{topic}-{self.random_element(self._meetings)}-{self.random_int(100, 999)}"

    def twilio_room(self, *, status: str = "in-progress", **parameters: Any) -> dict[str, Any]:
        """Return a room as REST shows it; *parameters* are those of its creation."""
        account = self._account()
        room = self._room(account, **parameters)
        if status == "completed":
            self._pass_some_time(account)
            room = rooms.end(account, room)
        return _shown(room)

    def twilio_participant(
        self, *, status: str = "connected", identity: str | None = None
    ) -> dict[str, Any]:
        """Return a participant as REST shows them, ``connected`` or ``disconnected``."""
        account = self._account()
        participant = self._participant(account, self._room(account), identity)
        if status == "disconnected":
            self._pass_some_time(account)
            participant = participants.leave(account, participant)
        return _shown(participant)

    def twilio_published_track(
        self, *, kind: str = "video", name: str | None = None
    ) -> dict[str, Any]:
        """Return a published track as REST shows it."""
        account = self._account()
        room = self._room(account)
        participant = self._participant(account, room)
        return _shown(_publish(account, room, participant, kind, name))

    def _account(self) -> Account:
        """Return an account for one resource to be made in by the real operations.

        So what is made up here cannot differ from what the fake answers.
        """
        since = timedelta(seconds=self.random_int(0, 365 * 86400))
        return Account(
            self.twilio_account_sid(),
            seed=self.twilio_sid(""),
            start=datetime(2025, 1, 1, tzinfo=timezone.utc) + since,
            consequences=CONSEQUENCES,
        )

    def _room(self, account: Account, **parameters: Any) -> rooms.Room:
        said = {"unique_name": self.twilio_room_name()} | parameters
        return rooms.create(account, build(rooms.CreateRoom, said))

    def _participant(
        self, account: Account, room: rooms.Room, identity: str | None = None
    ) -> participants.Participant:
        return participants.connect(account, room, identity or self.twilio_identity())

    def _pass_some_time(self, account: Account) -> None:
        # Short enough for no timeout of the room to strike.
        account.clock.advance(seconds=self.random_int(10, 290))


def drawing_from(dice: Random) -> Provider:
    """Return a provider, with English names, whose draws come from *dice*."""
    generator = Generator()
    generator.random = dice
    generator.add_provider(EnglishNames)
    return Provider(generator)


def outline(
    account: Account, rooms: int, participants: int, *, recordings: bool, over: timedelta
) -> Outline:
    """Return who meets in so many *rooms*, of so many *participants* each.

    Some people come more often than others, and some meetings are held again and again.
    """
    provider = drawing_from(account.sids.stream("cast"))
    identities: dict[str, None] = {}
    while len(identities) < 2 * participants + rooms // 4:
        identities[provider.twilio_identity()] = None
    return Outline(
        meetings=rooms,
        guests=participants,
        is_recorded=recordings,
        over=over,
        identities=list(identities),
        names=[provider.twilio_room_name() for _ in range(rooms // 3 + 1)],
        new_name=provider.twilio_room_name,
    )


def newcomer(account: Account, room_sid: str) -> str:
    """Return an identity that nobody bears who is, or was, in the room of that SID."""
    taken = {each.identity for each in account.select(participants.Participant, room_sid=room_sid)}
    provider = drawing_from(account.sids.stream("identities"))
    while (identity := provider.twilio_identity()) in taken:
        pass
    return identity


def register(fake: Any) -> None:
    """Add the provider to *fake*, a `faker.Faker`, once, for each of its locales."""
    for factory in fake.factories:
        if not hasattr(factory, "twilio_room_sid"):
            factory.add_provider(Provider)


def _publish(
    account: Account,
    room: rooms.Room,
    participant: participants.Participant,
    kind: str,
    name: str | None = None,
) -> published_tracks.PublishedTrack:
    kind_of_track = published_tracks.TrackKind(kind)
    return published_tracks.publish(account, room, participant, kind_of_track, name)


def _shown(record: Record) -> dict[str, Any]:
    return representation.document(record, routes.ADDRESSES)
