"""Random values, such as SIDs: the same seed gives the same values."""

from __future__ import annotations

import hashlib
import random
import secrets

from uuid import UUID


def unrepeatable() -> str:
    """Return a random text that nothing else makes, not even with the same seed.

    SIDs repeat with the seed. This text is for what must differ from one account to the next,
    such as the session of a page.
    """
    return secrets.token_hex(16)


class RandomSource:
    """Random values, all derived from *seed*.

    Each prefix and each purpose has its own generator, so that another participant does not
    change the SID of the next room.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._generators: dict[str, random.Random] = {}

    def sid(self, prefix: str) -> str:
        """Return a new SID, such as ``RM0f…``: *prefix* and 32 lower-case hexadecimal digits."""
        return f"{prefix}{self.generator(prefix).getrandbits(128):032x}"

    def uuid(self, purpose: str) -> str:
        """Return a new UUID of version 4."""
        return str(UUID(int=self.generator(purpose).getrandbits(128), version=4))

    def secret(self, purpose: str) -> bytes:
        """Return the secret for *purpose*, which is the same at each call."""
        return hashlib.sha256(self._bytes(purpose)).digest()

    def generator(self, purpose: str) -> random.Random:
        """Return the generator for *purpose*, which is the same at each call."""
        generator = self._generators.get(purpose)
        if generator is None:
            seeded = random.Random(self._bytes(purpose))  # noqa: S311 -- not for secrets
            # Only now, so that no other thread sees it without its seed.
            generator = self._generators.setdefault(purpose, seeded)
        return generator

    def _bytes(self, purpose: str) -> bytes:
        """Return the seed for *purpose*.

        The seed of a test is its node ID. If the encoding of the file system is not UTF-8, a name
        that is not ASCII has lone surrogates, which stand for its bytes.
        """
        text = f"{self._seed}\n{purpose}"
        try:
            return text.encode(errors="surrogateescape")
        except UnicodeEncodeError:  # Other surrogates stand for nothing.
            return text.encode(errors="surrogatepass")
