"""Install Twilio's SDK for browsers from npm, in the versions that are tested.

    python tests/chromium/install_sdk.py FOLDER

Where npm or the network is missing, it says so, and the tests are skipped.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile

from pathlib import Path


# The newest, and the newest that npm gives to those whose Node is older than 22.
VERSIONS = ("2.36.0", "2.32.0")


def install(version: str, folder: Path) -> None:
    """Put the bundle of *version* into *folder*, unless it is there."""
    bundle = folder / version / "twilio-video.js"
    if bundle.exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        print(f"npm is not installed, so twilio-video {version} is not tested")  # noqa: T201
        return
    folder.mkdir(parents=True, exist_ok=True)
    # By an exact version: npm on an older Node silently chooses an older one otherwise.
    done = subprocess.run(
        [npm, "pack", "--silent", f"twilio-video@{version}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"npm cannot fetch twilio-video {version}: {done.stderr.strip()}")  # noqa: T201
        return
    packed = folder / done.stdout.strip().splitlines()[-1]
    with tarfile.open(packed) as archive:
        member = archive.extractfile("package/dist/twilio-video.js")
        assert member is not None
        bundle.parent.mkdir(parents=True, exist_ok=True)
        bundle.write_bytes(member.read())
    packed.unlink()


if __name__ == "__main__":
    for each in VERSIONS:
        install(each, Path(sys.argv[1]))
