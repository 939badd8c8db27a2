"""What is said of a bug in a log: its type and where in the code it happened.

Must not say more: an exception's words may come from a mail, a server or a secret (Z14).
"""

import traceback
from pathlib import Path

_ROOT = Path(__file__).parent.parent


def position(error: BaseException) -> str:
    """Type and place of an error, such as `KeyError at actors/desk/settling.py:112 < actors/base.py:80`."""
    frames = traceback.extract_tb(error.__traceback__, limit=-4)
    places = " < ".join(f"{_place(frame.filename)}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places}" if places else type(error).__name__


def _place(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return str(path.relative_to(_ROOT))
    return "/".join(path.parts[-2:])
