"""What a test with the fake costs, compared with the alternatives: one run, one table.

To run only some parts, name them: ``python benchmarks/run.py creating webhooks``.
"""

from __future__ import annotations

import os
import platform
import sys
import time

from importlib import import_module

from table import Row, table


# The other hosts come first: their baseline needs the state before anything is hooked.
PARTS = ("other_hosts", "creating", "entering", "processes", "webhooks", "serving", "growth")


def main(names: list[str]) -> None:
    """Measure the parts of these *names*, or all of them, and print the table."""
    begun = time.monotonic()
    rows: list[Row] = []
    for name in names or PARTS:
        for row in import_module(name).rows():
            print(f"… {row.what}", file=sys.stderr, flush=True)
            rows.append(row)
    print(table(rows))
    load, processors = os.getloadavg()[0], os.cpu_count()
    print(
        f"\nPython {platform.python_version()}, {platform.machine()}, {processors} processors, "
        f"load {load:.1f}; {time.monotonic() - begun:.0f} seconds"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
