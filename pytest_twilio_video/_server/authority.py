"""A certificate authority for one process, and the file by which other processes trust it."""

from __future__ import annotations

import atexit
import os
import shutil
import ssl
import tempfile

from functools import cache
from pathlib import Path

import certifi
import trustme


__all__ = ["Authority"]


class Authority:
    """A CA made in memory, and the certificates that it issues. Its key is never written."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}
        folder = Path(tempfile.mkdtemp(prefix="twilio-video-"))
        atexit.register(_remove, folder, os.getpid())
        self.certificate = self._ca.cert_pem.bytes()
        """The CA's certificate, as PEM."""
        self.file = folder / "ca.pem"
        """A file with the public roots and the CA, which replaces a client's own."""
        public = certifi.contents().encode()
        self.file.write_bytes(public.rstrip() + b"\n" + self.certificate)
        # Another user's process reads it too, such as that of a container.
        folder.chmod(0o755)
        self.file.chmod(0o644)

    def context_for(self, host: str) -> ssl.SSLContext:
        """Return the TLS context of a server with a certificate for exactly *host*."""
        if host not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.set_alpn_protocols(["http/1.1"])
            self._ca.issue_cert(host).configure_cert(context)
            self._contexts[host] = context
        return self._contexts[host]


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # A fork has it too, and ends earlier.
        shutil.rmtree(folder, ignore_errors=True)


@cache
def authority() -> Authority:
    """Return the authority of this process, which lasts as long as the process."""
    return Authority()
