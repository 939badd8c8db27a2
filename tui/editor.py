"""The person's own editor: the text goes into a file of theirs, the editor runs in the terminal, the file goes (Z13).

What a killed editor left behind goes at the next start. Must not be reached by a restricted login (Z26).
"""

import os
import shlex
import shutil
import stat
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Run = Callable[[Sequence[str]], int]


class NoEditor(Exception):
    """There is none, or it ended badly: the text is as it was."""


def command(environ: Mapping[str, str]) -> list[str]:
    """What the person chose, as words. Raises NoEditor."""
    for name in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(environ.get(name, ""))
        except ValueError:
            words = []
        if words and shutil.which(words[0], path=environ.get("PATH")):
            return words
    raise NoEditor


def folder(state: Path) -> Path:
    """Where texts lie while they are edited: ours alone. Raises NoEditor where it is somebody else's or a link."""
    place = _place(state)
    for missing in [one for one in (*reversed(state.parents), state, place) if not one.exists()]:
        missing.mkdir(mode=0o700, exist_ok=True)  # `parents` would leave those to the umask: a home is closed to others
    told = os.lstat(place)
    if not stat.S_ISDIR(told.st_mode) or told.st_uid != os.getuid() or told.st_mode & 0o077:
        raise NoEditor
    return place


def _place(state: Path) -> Path:
    return state / "editing"


def sweep(state: Path) -> None:
    """Take away what an earlier session left; makes nothing."""
    if not os.path.lexists(_place(state)):
        return
    try:
        place = folder(state)
        for left in place.iterdir():
            left.unlink(missing_ok=True)
    except (NoEditor, OSError):
        return


def edited(text: str, *, words: Sequence[str], state: Path, run: Run) -> str:
    """The text as it is after the editor has ended. Raises NoEditor if that failed; the file is gone either way."""
    try:
        place = folder(state)
        descriptor, name = tempfile.mkstemp(prefix="mail-", suffix=".md", dir=place)  # O_EXCL, 0600
    except OSError:
        raise NoEditor from None
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if run([*words, str(path)]) != 0:
            raise NoEditor
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        raise NoEditor from None
    finally:
        for left in place.glob(f"{path.name}*"):  # and its backup
            left.unlink(missing_ok=True)
