"""Negotiation: which descriptions of a pair of clients are relayed, and which are dropped.

There is no media server. Each pair of clients has one peer connection of their own, and the fake
relays their messages to each other unchanged.
"""

from __future__ import annotations

from typing import Any


__all__ = ["Pair"]


class Pair:
    """Two clients with one peer connection.

    Problem: an end withdraws its own offer if another offer arrives before the answer. If both
    ends made an offer at the same time, and both were relayed, both would be withdrawn.

    Solution: the first offer is relayed. An offer of the other end is dropped until the answer
    was relayed. The other end gets the first offer, answers it, and repeats its own offer.
    """

    def __init__(self, pair_id: str, offerer: str, other: str) -> None:
        self.id = pair_id
        self.ends = (offerer, other)
        self.offer_of: str | None = offerer
        """The end whose offer is open. The first offer is requested when the pair is made."""
        self.is_settled = False
        """Whether an answer was relayed."""
        self._said: dict[str, dict[str, Any]] = {}
        self._ice: dict[str, dict[str, Any]] = {}
        self._missed: set[str] = set()

    def other(self, end: str) -> str:
        """Return the other end."""
        return self.ends[self.ends[0] == end]

    def relay(self, end: str, state: dict[str, Any], *, is_reachable: bool) -> dict[str, Any]:
        """Return what to send to the other end, when *end* has sent *state*.

        *is_reachable* says whether the other end has a socket. If there is nothing to send,
        return an empty dictionary.
        """
        heard: dict[str, Any] = {}
        description, ice = state.get("description"), state.get("ice")
        if isinstance(description, dict) and self._passes(end, description):
            self._said[end] = heard["description"] = description
            if not is_reachable:
                self._missed.add(self.other(end))
        if isinstance(ice, dict):
            self._ice[end] = heard["ice"] = ice
        return {"id": self.id, **heard} if heard and is_reachable else {}

    def is_in_step(self, end: str, description: dict[str, Any] | None) -> bool:
        """Return whether *end* has missed nothing. *description* is its own latest one."""
        said = self._said.get(end)
        return (
            self.offer_of is None and end not in self._missed and _step(description) == _step(said)
        )

    def repeated(self, end: str) -> dict[str, Any]:
        """Return what to send to *end* again after its socket was lost."""
        other = self.other(end)
        state: dict[str, Any] = {"id": self.id}
        said = self._said.get(other)
        if said is not None and said["type"] == "answer":
            state["description"] = said
        if other in self._ice:
            state["ice"] = self._ice[other]
        return state

    def closed(self) -> dict[str, Any]:
        """Return the message that closes the peer connection for an end."""
        revision = max((said["revision"] for said in self._said.values()), default=0) + 1
        return {"id": self.id, "description": {"type": "close", "revision": revision}}

    def _passes(self, end: str, description: dict[str, Any]) -> bool:
        if description["type"] == "offer":
            if self.offer_of not in {None, end}:
                return False
            self.offer_of = end
            return True
        if description["type"] == "answer" and self.offer_of == self.other(end):
            self.offer_of = None
            self.is_settled = True
            return True
        return False


def _step(description: dict[str, Any] | None) -> tuple[Any, Any]:
    description = description or {}
    return description.get("type"), description.get("revision")
