"""An office whose clock stands still, as a process: `python -P -m tests.support.still_office SECONDS --home …`.

What it keeps of its own time (a comment, a draft) is then the same at every run. Delays go on as ever.
"""

import os
import sys

from actors import office
from actors.clock import SystemClock


def main(arguments: list[str]) -> int:
    """The seconds since 1970 that it stands at, then what an office is given."""
    moment = float(arguments[0])

    def now(_clock: SystemClock) -> float:
        return moment

    setattr(SystemClock, "now", now)  # noqa: B010 - the office makes its clock itself
    return office.main(arguments[1:])


if __name__ == "__main__":
    code = main(sys.argv[1:])
    os._exit(code)
