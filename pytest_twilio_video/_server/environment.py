"""The environment of a child process whose requests to Twilio Video the server answers."""

from __future__ import annotations

import os

from typing import TYPE_CHECKING, Final


if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


__all__ = ["environment"]

_LOCAL: Final = "localhost,127.0.0.1,::1"
_CA: Final = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_PROXY: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY")  # twilio-node reads the last one.


def environment(url: str, ca_file: Path | str, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return what to add to `os.environ`.

    A credential that is set already keeps its value, and so do hosts that need no proxy.
    """
    added = {name: os.environ.get(name, value) for name, value in credentials.items()}
    added |= dict.fromkeys(_PROXY, url) | dict.fromkeys(_CA, str(ca_file))
    for name in ("NO_PROXY", "no_proxy"):  # Where the second is set, many clients read only it.
        inherited = os.environ.get(name)
        if name == "NO_PROXY" or inherited:
            added[name] = f"{inherited},{_LOCAL}" if inherited else _LOCAL
    return added
