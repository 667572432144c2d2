"""Credentials: which requests are authenticated, and which secrets sign tokens and callbacks."""

from __future__ import annotations

import os

from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Final

from .records import struct


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["AUTH_TOKEN", "Credentials", "in_environment"]

AUTH_TOKEN: Final = "f2ca1bb6c7e907d06dafe4687e579fce"  # noqa: S105 -- of an account that does not exist


@struct()
class Credentials:
    """The credentials of the fake, and the credentials of earlier requests."""

    account_sid: str
    auth_token: str | None = field(repr=False)
    api_key_sid: str
    api_key_secret: str = field(repr=False)
    is_strict: bool = False
    seen: dict[str, str] = field(default_factory=dict, repr=False)
    """The credentials of earlier requests: the secrets, by the SID of the account or API key."""

    @property
    def own(self) -> dict[str, str]:
        """The secrets of the fake's account and of its API key, by SID."""
        return {
            self.account_sid: self.auth_token or AUTH_TOKEN,
            self.api_key_sid: self.api_key_secret,
        }

    def admit(self, user: str, secret: str) -> bool:
        """Return whether *user* and *secret* are accepted. If they are, remember them."""
        if self.is_strict:
            return self.own.get(user) == secret
        if not user.startswith(("AC", "SK")) or not secret:
            return False
        self.seen.pop(user, None)  # The latest secret must be the last in the dict.
        self.seen[user] = secret
        return True

    def signing_token(self, account_sid: str) -> str:
        """Return the auth token that signs the callbacks of the account *account_sid*.

        It is the first of these tokens that exists: the token of the account's latest request,
        the token of the latest request of any account, the token in the setting, the token in
        the environment variable, the built-in token.
        """
        if self.is_strict:
            return self.first_token
        tokens = [secret for user, secret in self.seen.items() if user.startswith("AC")]
        return self.seen.get(account_sid) or (tokens[-1] if tokens else None) or self.first_token

    @property
    def first_token(self) -> str:
        """The auth token that signs callbacks until there are requests.

        With strict credentials, the environment does not count, because a request with a token
        that only the environment has is refused.
        """
        in_environment = None if self.is_strict else os.environ.get("TWILIO_AUTH_TOKEN")
        return self.auth_token or in_environment or AUTH_TOKEN

    def signer(self, account_sid: str) -> str:
        """Describe whose auth token `signing_token` returns."""
        token = self.signing_token(account_sid)
        if not self.is_strict and token in self.seen.values():
            return "the auth token that the application sent with its own calls"
        if token == self.auth_token:
            return "the auth token in the setting auth_token"
        if token == AUTH_TOKEN:
            return "the fake's built-in auth token"
        return "the auth token in the environment variable TWILIO_AUTH_TOKEN"

    def key_secrets(self, api_key_sid: str) -> list[str]:
        """Return the secrets with which an API key may sign: none if the key is unknown.

        Keys are known if they are the fake's own, were used in earlier requests, or are in the
        environment. The fake's own key may have two secrets: where an environment has only
        TWILIO_API_KEY_SECRET, applications read the SID that `in_environment` has set.
        """
        secrets = [self.api_key_secret] if api_key_sid == self.api_key_sid else []
        if api_key_sid.startswith("SK") and api_key_sid in self.seen:
            secrets.append(self.seen[api_key_sid])
        if api_key_sid == os.environ.get("TWILIO_API_KEY_SID"):
            secrets.append(os.environ.get("TWILIO_API_KEY_SECRET", ""))
        return list(filter(None, secrets))

    def knows_account(self, account_sid: str) -> bool:
        """Return whether the account is the fake's, was used before, or is in the environment."""
        return (
            account_sid == self.account_sid
            or (account_sid.startswith("AC") and account_sid in self.seen)
            or account_sid == os.environ.get("TWILIO_ACCOUNT_SID")
        )


@contextmanager
def in_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set the environment *variables* that are not set yet, and remove them at the end."""
    own = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(own)
    try:
        yield
    finally:
        for name, value in own.items():
            # Only our own value is removed: the application may have set another value since.
            if os.environ.get(name) == value:
                del os.environ[name]
