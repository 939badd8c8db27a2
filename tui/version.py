"""The version of this installation.

importlib.metadata would bring in a mail parser, a ZIP reader and more, for a name that stands on a folder.
"""

import os
import re
import sys
from typing import Final

_FOLDER: Final = re.compile(r"postroom-([^-]+)\.dist-info")


def _installed() -> str:
    for place in sys.path:
        try:
            names = os.listdir(place) if place.endswith("-packages") else ()  # noqa: PTH208 - names are all it needs
        except OSError:
            continue
        for name in names:
            if found := _FOLDER.fullmatch(name):
                return found[1]
    return _asked()


def _asked() -> str:
    """Installed in some other way."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - see the module

    try:
        return version("postroom")
    except PackageNotFoundError:
        return "0+unknown"


VERSION = _installed()
