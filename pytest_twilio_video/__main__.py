"""The command ``fake-twilio-video``, also ``python -m pytest_twilio_video``."""

from __future__ import annotations

import sys

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    from ._server.standalone import run

    return run(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main())
