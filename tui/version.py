"""The version of this installation."""

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("postroom")
    except PackageNotFoundError:
        return "0+unknown"


VERSION = _installed()
