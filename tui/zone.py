"""The time zone of this machine, as the office can reckon with it: by its name, else by its offset now."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LOCALTIME: Final = Path("/etc/localtime")
FOLDER: Final = "zoneinfo"


def own_zone(environ: Mapping[str, str], *, localtime: Path = LOCALTIME) -> str:
    """`$TZ` where it is a name, where it is not set what /etc/localtime points to, else the offset: +0130."""
    named = environ.get("TZ")
    if named is not None:
        named = named.removeprefix(":")
        return named if "/" in named and not named.startswith("/") else time.strftime("%z")
    try:
        parts = localtime.resolve().parts
    except OSError:
        return time.strftime("%z")
    name = "/".join(parts[parts.index(FOLDER) + 1 :]) if FOLDER in parts else ""
    return name or time.strftime("%z")
