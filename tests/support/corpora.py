"""The mail corpora that tests may read where they exist: $POSTROOM_CORPORA, else ../shared/corpora beside the project.

Only for tests: nothing of them may enter the project, its logs or its pictures.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = ("enron", "spamassassin", "mime", "calendar/invites")
SUFFIXES = {".eml", ".raw", ".msg", ".mail", ".1", ".2", ".mbox"}
TEXT_IS_MAIL = {"easy-ham-2", "spam-1", "cpython"}
POSTMARK = re.compile(rb"(?:\A|(?<=\n))From [^\n]*\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusMail:
    """One mail of a corpus; `name` is its path there, with a number behind it in an mbox."""

    name: str
    raw: bytes


def folder() -> Path | None:
    """Where the corpora lie, or None."""
    named = os.environ.get("POSTROOM_CORPORA")
    top = Path(named) if named else ROOT.parent / "shared" / "corpora"
    return top if top.is_dir() else None


def mails(top: Path, *families: str) -> Iterator[CorpusMail]:
    """Every mail of the families (paths below `top`; all of them if none is named), in a fixed order."""
    for family in families or FAMILIES:
        for path in sorted((top / family).rglob("*")):
            if _is_mail(path):
                yield from _read(path, name=str(path.relative_to(top)))


def enron(top: Path, member: str) -> dict[str, list[bytes]]:
    """The folders of one Enron mailbox: name → mails, in a fixed order."""
    box = top / "enron" / member
    if not box.is_dir():
        raise LookupError(member)
    return {
        str(place.relative_to(box)): [path.read_bytes() for path in sorted(place.glob("*.eml"))]
        for place in sorted(box.rglob("*"))
        if place.is_dir()
    }


def _is_mail(path: Path) -> bool:
    if not path.is_file():
        return False
    if path.suffix == ".txt":
        return path.parent.name in TEXT_IS_MAIL and not path.name.startswith("LICENSE")
    return path.suffix in SUFFIXES or path.name.startswith(("mailbox_", "mailbox-"))


def _read(path: Path, *, name: str) -> Iterator[CorpusMail]:
    raw = path.read_bytes()
    if path.suffix != ".mbox" and not path.name.startswith("mailbox"):
        yield CorpusMail(name=name, raw=raw)
        return
    for number, mail in enumerate(part for part in POSTMARK.split(raw) if part.strip()):
        yield CorpusMail(name=f"{name}#{number}", raw=mail)
