"""Put together what the environments of tox have measured, and ask for all of it.

Not every Python measures; where only others are installed, there is nothing to
put together, and that is no failure.
"""

import os
import subprocess
import sys

from pathlib import Path


measured = Path(os.environ["COVERAGE_FILE"])

if not [*measured.parent.glob(f"{measured.name}.*")]:
    print("None of the Pythons that measure coverage is installed.")
    sys.exit()
for command in ("combine", "report"):
    done = subprocess.run([sys.executable, "-m", "coverage", command], check=False)
    if done.returncode:
        sys.exit(done.returncode)
