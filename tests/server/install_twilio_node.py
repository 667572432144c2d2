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
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefix", sys.argv[1]]
    subprocess.run([npm, "install", *options, f"twilio@{VERSION}"], check=True)
