"""The caller's own machine, as much of it as the screens touch: clipboard, printer, browser, a folder for files.

Everything runs in the caller's process with the caller's rights. A command gets its words as a list, never a shell.
Over SSH nothing is opened on the far side (Z26).
"""

import asyncio
import base64
import getpass
import shlex
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from store.model.record import Record

Run = Callable[[Sequence[str], bytes], Awaitable[int]]
COPIED_MOST: Final = 74_000  # bytes: terminals take about a hundred thousand characters of base64
OPENED: Final = ("http", "https")


async def run(words: Sequence[str], given: bytes) -> int:
    """Run a command on what it reads from its standard input; its exit code, 127 where it cannot be started."""
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return 127
    await process.communicate(given)
    return process.returncode or 0


class Outside(Record, frozen=True, kw_only=True):
    """See the module. `copy` None: by the terminal. `printer` and `opener` are commands; empty where there is none."""

    ssh: bool = False
    tmux: bool = False
    folder: Path = msgspec.field(default_factory=Path.cwd)
    fetched: str = ""  # how a file is fetched from the far side, with {path}
    printer: tuple[str, ...] = ()
    opener: tuple[str, ...] = ()
    copy: Callable[[str], object] | None = None
    run: Run = run


def over_ssh(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is at the far end of SSH."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def here(environ: Mapping[str, str], *, home: Path) -> Outside:
    """What this machine offers."""
    downloads = home / "Downloads"
    return Outside(
        ssh=over_ssh(environ),
        tmux=bool(environ.get("TMUX")),
        folder=downloads if downloads.is_dir() and not over_ssh(environ) else Path.cwd(),
        fetched=fetching(environ),
        printer=printer(environ),
        opener=opener(environ),
    )


def printer(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The member's print command, else the system's."""
    try:
        own = tuple(shlex.split(environ.get("POSTROOM_PRINT", "")))
    except ValueError:
        own = ()
    if own:
        return own
    system = shutil.which("lpr", path=environ.get("PATH"))
    return (system,) if system else ()


def opener(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What opens a link in a browser; nothing over SSH or without a display."""
    if over_ssh(environ) or not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return ()
    found = shutil.which("xdg-open", path=environ.get("PATH"))
    return (found,) if found else ()


def fetching(environ: Mapping[str, str]) -> str:
    """The line that fetches a file to where the person sits."""
    told = environ.get("SSH_CONNECTION", "").split()
    if len(told) != 4:
        return ""
    host = f"[{told[2]}]" if ":" in told[2] else told[2]
    port = f"-P {told[3]} " if told[3] != "22" else ""
    return f"scp {port}{getpass.getuser()}@{host}:{{path}} ."


def fetch_line(outside: Outside, path: Path) -> str:
    """The line for one file; nothing where the person sits at this machine."""
    return outside.fetched.replace("{path}", shlex.quote(str(path.absolute()))) if outside.ssh else ""


def clipboard(text: str, *, tmux: bool) -> str:
    """What a terminal takes as something copied (OSC 52): base64, so that nothing of the text is a control. In tmux
    also wrapped, for the terminal around it."""
    told = f"\x1b]52;c;{base64.b64encode(text.encode()).decode('ascii')}\x07"
    return told + "\x1bPtmux;" + told.replace("\x1b", "\x1b\x1b") + "\x1b\\" if tmux else told


class Mailto(Record, frozen=True):
    """A link to write to somebody: To and Subject only."""

    to: str
    subject: str


def mailto(target: str) -> Mailto | None:
    """A mailto link, read; None for any other. Cc, Bcc, attachments and text that it may name are not taken."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    if parts.scheme.lower() != "mailto":
        return None
    subject = parse_qs(parts.query).get("subject", [""])[0]
    return Mailto(_seen(unquote(parts.path)), _seen(subject))


def may_open(target: str) -> bool:
    """Whether a browser may be given it: http and https only, with a host, no blank and nothing unseen."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return parts.scheme.lower() in OPENED and bool(parts.netloc) and target.isprintable() and " " not in target


def _seen(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())
