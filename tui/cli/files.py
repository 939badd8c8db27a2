"""The caller's own files, read with the caller's rights: certificates, mails to import or to show."""

import email.utils
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from actors.desk.api import LocalCopy
from store.model.errors import BadRequest
from tui.cli.mbox import MOST_MAIL_BYTES, Mail, is_mbox, mails
from tui.files import as_text

PIECE = 512 * 1024  # bytes of one frame; frames are at most 1 MiB
_MAILDIR_FLAGS = {"S": "\\Seen", "F": "\\Flagged", "R": "\\Answered", "D": "\\Draft"}
_ENDING = re.compile(r"\.(sbd|mbox|mbx)$", re.IGNORECASE)
_DATE = re.compile(rb"^date:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


class MailFile(NamedTuple):
    """A mail to import, or a whole mbox of them: the folder it goes to, its file and its flags."""

    folder: str
    path: Path
    flags: tuple[str, ...]
    is_mbox: bool = False


def readable_path(text: str) -> Path:
    """The absolute path of a readable file. Raises BadRequest."""
    path = Path(text).expanduser().absolute()
    if not path.is_file() or not os.access(path, os.R_OK):
        raise BadRequest("no_file", path=text)
    return path


def mail_files(paths: Sequence[str]) -> Iterator[MailFile]:
    """All mails below the paths: Maildirs with their folders (Maildir++ or nested), folders of .eml and mbox files
    (Thunderbird's .sbd too), files.
    """
    for text in paths:
        path = Path(text).expanduser()
        found = False
        for mail in _below(path):
            found = True
            yield mail
        if not found and not _is_empty_store(path):
            raise BadRequest("import_path", path=text)


def _is_empty_store(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() != ".eml" and not path.stat().st_size  # an mbox without mails
    return _is_maildir(path) or (path.is_dir() and not any(path.iterdir()))


def _below(path: Path) -> Iterator[MailFile]:
    if path.is_file():
        if path.suffix.lower() == ".eml":
            yield MailFile("INBOX", path, ())
        elif is_mbox(path):
            yield MailFile(_mbox_name(Path(path.name)), path, (), is_mbox=True)
        return
    if not path.is_dir():
        return
    maildirs = sorted(folder for folder in (path, *path.rglob("*")) if folder.is_dir() and _is_maildir(folder))
    for folder in maildirs:
        yield from _maildir(folder, _folder_name(folder.relative_to(path)))
    inside = {folder / sub for folder in maildirs for sub in ("cur", "new", "tmp")}
    yield from _files(path, [file for file in path.rglob("*") if inside.isdisjoint(file.parents) and file.is_file()])


def _files(top: Path, files: Sequence[Path]) -> Iterator[MailFile]:
    """Those that are mails, or mbox files, below a folder."""
    for file in sorted(files, key=lambda file: (len(file.parts), _natural(file))):
        if file.suffix.lower() == ".eml":
            below = file.parent.relative_to(top)
            yield MailFile(str(below) if below.parts else "INBOX", file, ())
    for file in sorted(files, key=_natural):
        if file.suffix.lower() != ".eml" and is_mbox(file):
            yield MailFile(_mbox_name(file.relative_to(top)), file, (), is_mbox=True)


def _mbox_name(below: Path) -> str:
    """Thunderbird keeps the folders below Work in Work.sbd, Apple's Mail writes Work.mbox/mbox."""
    parts = [_ENDING.sub("", part) for part in below.parts]
    if len(parts) > 1 and parts[-1] == "mbox":
        parts.pop()
    name = "/".join(part for part in parts if part)
    return "INBOX" if name.casefold() == "inbox" or not name else name


def _is_maildir(path: Path) -> bool:
    return (path / "cur").is_dir() and (path / "new").is_dir()


def _folder_name(below: Path) -> str:
    """Maildir++ writes Archive/2020 as `.Archive.2020` (in IMAP's modified UTF-7), other stores nest folders."""
    if not below.parts:
        return "INBOX"
    parts: list[str] = []
    for part in below.parts:
        parts.extend(part[1:].split(".") if part.startswith(".") else [part])
    return "/".join(decode_utf7(part) for part in parts if part)


def decode_utf7(name: str) -> str:
    """IMAP's modified UTF-7 (RFC 3501, 5.1.3); a name that is none stays as it is."""

    def decoded(match: re.Match[str]) -> str:
        return "&" if not match[1] else f"+{match[1].replace(',', '/')}-".encode("ascii").decode("utf-7")

    try:
        found = re.sub(r"&([A-Za-z0-9+,]*)-", decoded, name)
        found.encode()  # Python's UTF-7 lets half a character through
        return found
    except UnicodeError:
        return name


def _maildir(folder: Path, name: str) -> Iterator[MailFile]:
    for sub in ("cur", "new"):
        for file in sorted((folder / sub).iterdir(), key=_natural):
            if file.is_file() and not file.name.startswith("."):
                letters = file.name.rpartition(":2,")[2] if ":2," in file.name else ""
                yield MailFile(
                    name, file, tuple(_MAILDIR_FLAGS[letter] for letter in letters if letter in _MAILDIR_FLAGS)
                )


def _natural(path: Path) -> tuple[tuple[int, str], ...]:
    """1.eml, 2.eml, 10.eml in that order."""
    return tuple((int(digits or 0), text) for text, digits in re.findall(r"(\D*)(\d*)", str(path)) if text or digits)


async def local_copies(
    paths: Sequence[str], *, left_out: Callable[[Path], object] = lambda _path: None
) -> AsyncIterator[LocalCopy]:
    """The mails in pieces that fit into frames, each read when the office asks for it. `left_out` is told of each that
    is longer than an office takes.
    """
    for file in mail_files(paths):
        folder = as_text(file.folder)
        try:
            for raw, flags, at in _mails(file):
                if raw is None:
                    left_out(file.path)
                    continue
                for start in range(0, max(len(raw), 1), PIECE):
                    piece = raw[start : start + PIECE]
                    yield LocalCopy(folder=folder, data=piece, last=start + PIECE >= len(raw), flags=flags, at=at)
        except OSError:
            raise BadRequest("import_path", path=str(file.path)) from None


def _mails(file: MailFile) -> Iterator[Mail]:
    if file.is_mbox:
        yield from mails(file.path)
    elif file.path.stat().st_size > MOST_MAIL_BYTES:
        yield Mail(None, (), None)
    else:
        raw = file.path.read_bytes()
        yield Mail(raw, file.flags, _date(raw))


def _date(raw: bytes) -> int | None:
    head = raw[:65_536].partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]
    found = _DATE.search(head)
    if not found:
        return None
    try:
        return int(email.utils.parsedate_to_datetime(found[1].decode("latin-1")).timestamp())
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
