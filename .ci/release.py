"""Check a release: two builds are identical, the metadata is valid, and the wheel works alone.

``tox run -e release`` runs it locally, in CI and before an upload to PyPI. The files in ``dist/``
are the ones to upload.
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
EPOCH = "315532800"  # 1980-01-01: the earliest date that a zip file, such as a wheel, can contain


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
    """Build the sdist and the wheel of the project in *source*."""
    run(sys.executable, "-m", "build", "--outdir", str(target), str(source))


def compare(one: Path, other: Path) -> None:
    """Compare the files built from the checkout with the files built from its own sdist."""
    digests = [
        {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        for folder in (one, other)
    ]
    if digests[0] != digests[1]:
        sys.exit(f"two builds differ: {digests[0]} and {digests[1]}")
    for name, digest in sorted(digests[0].items()):
        sys.stdout.write(f"{digest}  {name}\n")


def try_alone(wheel: Path, folder: Path) -> None:
    """Install *wheel* into a new environment, and run the examples outside the checkout."""
    venv.create(folder / "venv", with_pip=True)
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    shutil.copytree(ROOT / "examples", folder / "examples")
    needs = str(folder / "examples" / "requirements.txt")
    run(str(scripts / "python"), "-m", "pip", "install", "--quiet", str(wheel), "-r", needs)
    run(str(scripts / "pytest"), "examples", cwd=folder)


def only(folder: Path, pattern: str) -> Path:
    """Return the only path in *folder* that matches *pattern*."""
    (path,) = folder.glob(pattern)
    return path


def run(*command: str, cwd: Path = ROOT) -> None:
    """Run *command*, and exit with its status if it fails."""
    finished = subprocess.run(
        command, cwd=cwd, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH}, check=False
    )
    if finished.returncode:
        sys.exit(finished.returncode)


if __name__ == "__main__":
    main()
