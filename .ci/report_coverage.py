"""Combine the coverage that the environments of tox have measured, and report it.

Only some Pythons measure coverage. If none of them is installed, there is
nothing to combine, which is not a failure.
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
