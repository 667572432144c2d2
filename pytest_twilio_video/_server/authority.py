"""A certificate authority (CA) for one process, and the file by which clients trust it."""

from __future__ import annotations

import atexit
import base64
import hashlib
import os
import re
import shutil
import ssl
import tempfile

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import certifi
import trustme

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .environment import CA_VARIABLES


if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["Authority"]


_CERTIFICATE: Final = re.compile(
    b"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL
)
"""Other parts of a file may be private keys, which nobody else may read."""


class Authority:
    """A CA and its certificates. Its private key is never written to a file."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._any: ssl.SSLContext | None = None
        folder = Path(tempfile.mkdtemp(prefix="twilio-video-"))
        atexit.register(_remove, folder, os.getpid())
        self.certificate = self._ca.cert_pem.bytes()
        """The certificate of the CA, as PEM."""
        self.file = folder / "ca.pem"
        """A file with the public root certificates, inherited ones, and the CA's certificate."""
        trusted = [certifi.contents().encode(), *_inherited(), self.certificate]
        self.file.write_bytes(b"".join(text.rstrip() + b"\n" for text in trusted))
        # A process of another user may read it, for example in a container.
        folder.chmod(0o755)
        self.file.chmod(0o644)

    def context_for(self, host: str) -> ssl.SSLContext:
        """Return the TLS context of a server with a certificate for exactly *host*.

        Raises:
            UnicodeError: *host* is not a valid host name.

        """
        if host not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.set_alpn_protocols(["http/1.1"])
            self._ca.issue_cert(host).configure_cert(context)
            self._ca.configure_trust(context)  # OpenSSL then sends the CA along.
            self._contexts[host] = context
        return self._contexts[host]

    @property
    def context_for_any(self) -> ssl.SSLContext:
        """The TLS context of a server for any host that a client names."""
        if self._any is None:
            self._any = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._any.sni_callback = self._choose_context
        return self._any

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the CA's public key in base64, as Chromium's flags require it."""
        key = x509.load_pem_x509_certificate(self.certificate).public_key()
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(spki).digest()).decode()

    def _choose_context(
        self, connection: ssl.SSLObject, host: str | None, _context: ssl.SSLContext
    ) -> ssl.AlertDescription | None:
        if host is not None:
            try:
                connection.context = self.context_for(host)
            except UnicodeError:
                return ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None


def _inherited() -> Iterator[bytes]:
    """Yield the certificates that clients of this environment trust, for example a company's."""
    for file in dict.fromkeys(os.environ.get(name, "") for name in CA_VARIABLES):
        with suppress(OSError, ValueError):  # There may be no such file.
            yield from _CERTIFICATE.findall(Path(file).read_bytes())


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # A forked process must not remove the folder when it ends.
        shutil.rmtree(folder, ignore_errors=True)


@cache
def authority() -> Authority:
    """Return the CA of this process. It is the same until the process ends."""
    return Authority()
