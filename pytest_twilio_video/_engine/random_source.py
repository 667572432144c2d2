"""SIDs and everything else that is drawn by chance: the same seed, the same draw."""

from __future__ import annotations

import hashlib
import random

from collections import defaultdict
from uuid import UUID


class RandomSource:
    """A source of names for things, drawn from *seed*.

    Each prefix has a stream of its own, so that one more participant does not
    change the SID of the next room.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._streams: defaultdict[str, random.Random] = defaultdict(random.Random)

    def new(self, prefix: str) -> str:
        """Return *prefix* and 32 lower-case hexadecimal digits, e.g. ``RM0f…``."""
        return f"{prefix}{self.stream(prefix).getrandbits(128):032x}"

    def uuid(self, purpose: str) -> str:
        """Return a version 4 UUID; each *purpose* has a stream of its own."""
        return str(UUID(int=self.stream(purpose).getrandbits(128), version=4))

    def key(self, purpose: str) -> bytes:
        """Return a secret of the account's own, the same whenever it is asked for."""
        return hashlib.sha256(f"{self._seed}\n{purpose}".encode()).digest()

    def stream(self, purpose: str) -> random.Random:
        """Return the generator that belongs to *purpose*."""
        if purpose not in self._streams:
            self._streams[purpose].seed(f"{self._seed}\n{purpose}")
        return self._streams[purpose]
