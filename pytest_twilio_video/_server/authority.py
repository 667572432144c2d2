"""A certificate authority (CA) for one process, and the file by which clients trust it."""

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
    """A CA and its certificates. Its private key is never written to a file."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}
        folder = Path(tempfile.mkdtemp(prefix="twilio-video-"))
        atexit.register(_remove, folder, os.getpid())
        self.certificate = self._ca.cert_pem.bytes()
        """The certificate of the CA, as PEM."""
        self.file = folder / "ca.pem"
        """A file with the public root certificates and the CA's certificate, for clients."""
        public = certifi.contents().encode()
        self.file.write_bytes(public.rstrip() + b"\n" + self.certificate)
        # A process of another user may read it, for example in a container.
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
    if os.getpid() == process:  # A forked process must not remove the folder when it ends.
        shutil.rmtree(folder, ignore_errors=True)


@cache
def authority() -> Authority:
    """Return the CA of this process. It is the same until the process ends."""
    return Authority()
