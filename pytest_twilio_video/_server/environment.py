"""The environment variables by which a process sends its requests through the server."""

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
    """Return the variables to add to `os.environ` of the process.

    A credential that is already set keeps its value. The hosts in ``NO_PROXY`` stay there.
    """
    added = {name: os.environ.get(name, value) for name, value in credentials.items()}
    added |= dict.fromkeys(_PROXY, url) | dict.fromkeys(_CA, str(ca_file))
    for name in ("NO_PROXY", "no_proxy"):  # If the second is set, many clients ignore the first.
        inherited = os.environ.get(name)
        if name == "NO_PROXY" or inherited:
            added[name] = f"{inherited},{_LOCAL}" if inherited else _LOCAL
    return added
