"""What a release has to hold: it is built twice alike, described well, and works on its own.

``tox run -e release`` runs it, here, in CI and for PyPI; what it leaves in ``dist/`` is what is
uploaded.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv

from hashlib import sha256
from pathlib import Path


ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
EPOCH = "315532800"  # 1980-01-01: the earliest that a wheel, being a zip, can tell


def main() -> None:
    """Build, compare, check, install, try."""
    shutil.rmtree(DIST, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        elsewhere = Path(name)
        build(ROOT, DIST)
        shutil.unpack_archive(only(DIST, "*.tar.gz"), elsewhere, filter="data")
        build(only(elsewhere, "pytest_twilio_video-*"), elsewhere / "dist")
        compare(DIST, elsewhere / "dist")
        run(sys.executable, "-m", "twine", "check", "--strict", *map(str, DIST.iterdir()))
        try_alone(only(DIST, "*.whl"), elsewhere)


def build(source: Path, target: Path) -> None:
    """Build the sdist and the wheel of what lies in *source*."""
    run(sys.executable, "-m", "build", "--outdir", str(target), str(source))


def compare(one: Path, other: Path) -> None:
    """Compare what was built of the checkout with what was built of its own sdist."""
    digests = [
        {each.name: sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()}
        for folder in (one, other)
    ]
    if digests[0] != digests[1]:
        sys.exit(f"two builds differ: {digests[0]} and {digests[1]}")
    for name, digest in sorted(digests[0].items()):
        sys.stdout.write(f"{digest}  {name}\n")


def try_alone(wheel: Path, folder: Path) -> None:
    """Install *wheel* into an environment of its own, and run the examples far from here."""
    venv.create(folder / "venv", with_pip=True)
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    shutil.copytree(ROOT / "examples", folder / "examples")
    needs = str(folder / "examples" / "requirements.txt")
    run(str(scripts / "python"), "-m", "pip", "install", "--quiet", str(wheel), "-r", needs)
    run(str(scripts / "pytest"), "examples", cwd=folder)


def only(folder: Path, pattern: str) -> Path:
    """Return the one thing in *folder* that is called so."""
    (found,) = folder.glob(pattern)
    return found


def run(*command: str, cwd: Path = ROOT) -> None:
    """Run *command*, and end with it where it fails."""
    finished = subprocess.run(
        command, cwd=cwd, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH}, check=False
    )
    if finished.returncode:
        sys.exit(finished.returncode)


if __name__ == "__main__":
    main()
