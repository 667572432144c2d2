"""The environment variables by which a process sends its requests through the server."""

from __future__ import annotations

import os
import re

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from .._hosts import storage_host


if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


__all__ = ["CA_VARIABLES", "environment"]

_LOCAL: Final = "localhost,127.0.0.1,::1"
CA_VARIABLES: Final = (
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)
"""The variables that name a file with the certificates that a client trusts."""
_PROXY: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY")  # twilio-node reads the last one.
_TWILIO: Final = "twilio.com"
_HOSTS: Final = (f"video.{_TWILIO}", *map(storage_host, ("recording", "composition")))


def environment(url: str, ca_file: Path | str, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to add to `os.environ` of the process.

    A credential that is already set keeps its value. The hosts in ``NO_PROXY`` stay there, but
    not those of Twilio Video.
    """
    added = {name: os.environ.get(name, value) for name, value in credentials.items()}
    added |= dict.fromkeys(_PROXY, url) | dict.fromkeys(CA_VARIABLES, str(ca_file))
    for name in ("NO_PROXY", "no_proxy"):  # If the second is set, many clients ignore the first.
        inherited = os.environ.get(name)
        if name == "NO_PROXY" or inherited:
            entries = filter(None, re.split(r"[,\s]+", inherited or ""))
            kept = [entry for entry in entries if not _covers_twilio(entry)]
            added[name] = ",".join([*kept, _LOCAL])
    return added


def _covers_twilio(entry: str) -> bool:
    """Return whether some client takes *entry* of ``NO_PROXY`` for a host of Twilio Video.

    Most clients compare the end of the host. Some read a scheme, a port or stars, too.
    """
    name = re.sub(r"^\w+://|:\d+$", "", entry.lower()).lstrip("*.").rstrip(".")
    # Each region has hosts of its own, which end like this.
    return name.endswith(_TWILIO) or any(fnmatchcase(host, f"*{name}") for host in _HOSTS)
