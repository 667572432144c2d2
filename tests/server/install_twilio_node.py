"""Install the version of twilio-node that the tests use: ``python … FOLDER``."""

from __future__ import annotations

import shutil
import subprocess
import sys


VERSION = "6.3.1"

if __name__ == "__main__":
    npm = shutil.which("npm")
    if npm is None:
        print("there is no npm, so the tests of twilio-node will be skipped")  # noqa: T201
        sys.exit()
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
    command = [npm, "install", *options, "--prefix", sys.argv[1], f"twilio@{VERSION}"]
    if subprocess.run(command, check=False).returncode:
        print("npm cannot install twilio-node, so its tests will be skipped")  # noqa: T201
