"""A network that leads nowhere, and reports what was looked up and sent.

``python tripwire.py program.py`` runs a program in a network namespace of its
own. The only name server there answers each name with an address of this
machine, where a server accepts what it is sent. So whatever a program does, and
in whatever language its libraries are written, nothing is sent to anybody, and
what would have been is printed at the end, as JSON.
"""

# ruff: noqa: S607, T201 -- `ip` and `mount` are where each system has them.

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import subprocess
import sys
import tempfile
import threading

from pathlib import Path


UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount")
PORTS = (80, 443)


def why_not() -> str | None:
    """Return why this machine has no such network, if it has none."""
    command = [*UNSHARE, sys.executable, __file__, "-c", "pass"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except OSError as error:
        return str(error)
    return None if done.returncode == 0 else f"no network of its own: {done.stderr[-200:]}"


def run(*arguments: str, **environ: str) -> dict:
    """Run Python with *arguments* there. Return what it printed, looked up and sent."""
    command = [*UNSHARE, sys.executable, __file__, *arguments]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, check=False, timeout=120
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise AssertionError(done.stdout + done.stderr) from None


def _name_of(question: bytes) -> str:
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode("latin-1"))
        at += 1 + question[at]
    return ".".join(labels).lower()


def _answer(question: bytes) -> bytes:
    """Answer 127.0.0.1, or that there is no such record."""
    end = question.index(b"\0", 12) + 5
    is_a = question[end - 4 : end - 2] == b"\0\1"
    counts = b"\0\1" + (b"\0\1" if is_a else b"\0\0") + b"\0\0\0\0"
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton("127.0.0.1")
    return question[:2] + b"\x81\x80" + counts + question[12:end] + (record if is_a else b"")


def _serve_names(server: socket.socket, names: list[str]) -> None:
    while True:
        question, client = server.recvfrom(4096)
        with contextlib.suppress(Exception):
            names.append(_name_of(question))
            server.sendto(_answer(question), client)


def _serve(port: int, received: list[str]) -> None:
    """Answer requests at *port*, which may be the beginning of TLS."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            with contextlib.suppress(OSError):
                if self.connection.recv(1, socket.MSG_PEEK) == b"\x16":
                    received.append("TLS")
                    self.close_connection = True
                else:
                    super().handle_one_request()

        def do_GET(self) -> None:
            received.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()


def _main() -> int:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    names: list[str] = []
    received: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (
            ("resolv.conf", "nameserver 127.0.0.1\n"),
            ("hosts", "127.0.0.1 localhost\n"),
            ("nsswitch.conf", "hosts: files dns\n"),
        ):
            path = Path(folder) / name
            path.write_text(text, encoding="utf-8")
            subprocess.run(["mount", "--bind", str(path), f"/etc/{name}"], check=True)
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 53))
        threading.Thread(target=_serve_names, args=(server, names), daemon=True).start()
        for port in PORTS:
            _serve(port, received)
        command = [sys.executable, *sys.argv[1:]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        for name in ("resolv.conf", "hosts", "nsswitch.conf"):
            subprocess.run(["umount", f"/etc/{name}"], check=True)
    print(
        json.dumps(
            {
                "names": sorted(set(names)),
                "received": received,
                "stdout": done.stdout,
                "stderr": done.stderr,
                "status": done.returncode,
            }
        )
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(_main())
