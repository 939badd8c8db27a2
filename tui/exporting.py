"""A client's export ([C7]): its mail, documents and contacts in a folder of the caller's, with a manifest that proves
them. Screens and the command line write it by this alone.

Every file is written new, below a folder that is new or empty; nothing is followed or overwritten.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from actors.desk.api import Desk
from store.mime.names import file_name
from store.model.document import Export
from store.model.errors import Away, BadRequest, Conflict
from store.model.file_names import folded, free_name
from store.model.ids import RequestId
from store.model.plain import plain
from store.model.record import Record
from store.model.views import EmailRow
from tui.cli.output import when
from tui.export_files import MANIFEST, in_mbox, readme, table, vcards
from tui.i18n import ngettext
from tui.saving import save

FORMAT = 1
MOST_SUBJECT = 60
PIECE = 1 << 20
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

Told = Callable[[int, int], None]  # how many emails are written, of how many


class Exported(Record, frozen=True, kw_only=True):
    """What was written."""

    client: str
    emails: int
    documents: int
    missing: tuple[str, ...]  # emails whose text could not be fetched
    files: int
    manifest: str  # its SHA-256


async def write_export(desk: Desk, request: RequestId, client: str, top: Path, *, told: Told) -> Exported:
    """All of it. The office keeps the sum of the manifest once every file is there; what breaks off before has none."""
    folder = Folder(await asyncio.to_thread(_made, top))
    begun = await desk.begin_export(RequestId(f"{request}:begin"), client)
    missing, count = await _fill(desk, begun, folder, told)
    manifest = await _manifest(begun, folder, missing)
    documents = len(begun.documents)
    await desk.end_export(request, begun.client, emails=count, documents=documents, manifest=manifest)
    return Exported(
        client=begun.client,
        emails=count,
        documents=documents,
        missing=tuple(missing),
        files=len(folder.files) + 1,
        manifest=manifest,
    )


@dataclass
class Folder:
    """The folder that is filled, and what the manifest says of it."""

    top: Path
    files: list[dict[str, Any]] = field(default_factory=list)

    async def write(self, place: str, pieces: AsyncIterator[bytes]) -> None:
        """A new file, streamed."""
        path = self.top / place
        for parent in reversed(Path(place).parents[:-1]):
            (self.top / parent).mkdir(mode=0o700, exist_ok=True)
        saved = await save(pieces, path)
        self.files.append({"path": place, "size": saved.size, "sha256": saved.sha256})

    async def put(self, place: str, data: bytes) -> None:
        await self.write(place, _once(data))


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _made(path: Path) -> Path:
    """A folder that is new or empty."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise Conflict("file_exists", path=str(path))
    except OSError:
        raise BadRequest("cannot_write", path=str(path)) from None
    return path


async def _fill(desk: Desk, begun: Export, folder: Folder, told: Told) -> tuple[list[str], int]:
    """Mail, documents, contacts, plain words; the emails whose text is missing, and how many there are."""
    missing: list[str] = []
    rows: list[tuple[str, EmailRow]] = []
    with _new(folder.top / "mail.mbox") as mbox:
        async for row in desk.client_emails(begun.client):
            place = f"mail/{_name(len(rows) + 1, row)}"
            raw = await _raw(desk, row)
            if raw is None:
                missing.append(row.email)
                raw = _stump(row)
            await folder.put(place, raw)
            await asyncio.to_thread(mbox.write, in_mbox(raw, received=row.received))
            rows.append((place, row))
            told(len(rows), begun.emails)
        await asyncio.to_thread(_kept, mbox)
    folder.files.append({"path": "mail.mbox", **await asyncio.to_thread(sum_of, folder.top / "mail.mbox")})
    taken: set[str] = set()
    for one in begun.documents:
        year = file_name(one.year or "0")
        name = free_name(one.name, {key.partition("/")[2] for key in taken if key.startswith(f"{year}/")})
        taken.add(f"{year}/{folded(name)}")
        await folder.write(f"documents/{year}/{name}", desk.document(one.document))
    await folder.put("contacts.vcf", vcards(begun.contacts))
    await folder.put("mail.csv", table(rows))
    await folder.put("README.txt", readme(begun, emails=len(rows), missing=len(missing)))
    return missing, len(rows)


def _kept(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _name(number: int, row: EmailRow) -> str:
    """In order, with day and subject."""
    day = datetime.fromtimestamp(max(0, row.received), UTC).strftime("%Y-%m-%d")
    return file_name(f"{number:05} {day} {plain(row.subject)[:MOST_SUBJECT]}".strip() + ".eml")


async def _raw(desk: Desk, row: EmailRow) -> bytes | None:
    try:
        if not row.whole:
            await desk.fetch_body(row.email)
        return b"".join([piece async for piece in desk.raw(row.email)])
    except Away as away:
        if away.code == "office_gone":
            raise
        return None


def _stump(row: EmailRow) -> bytes:
    """What is known of a mail whose text is not here."""
    sender = ", ".join(one.address for one in row.from_)
    lines = [f"From: {sender}", f"Message-ID: <{row.message_id or ''}>", "X-Postroom-Body: missing"]
    return "\r\n".join([*lines, "Content-Type: text/plain; charset=utf-8", "", row.subject, ""]).encode(
        "utf-8", "replace"
    )


def _new(path: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, _NEW, 0o600), "wb")
    except OSError:
        raise BadRequest("cannot_write", path=str(path)) from None


async def _manifest(begun: Export, folder: Folder, missing: list[str]) -> str:
    """The list of all files with their sums; its own sum."""
    told = {
        "format": FORMAT,
        "client": {"id": begun.client, "name": begun.name},
        "firm": begun.firm,
        "exported_at": when(begun.at),
        "by": begun.by,
        "missing": missing,
        "files": sorted(folder.files, key=lambda file: str(file["path"])),
    }
    data = json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"
    await save(_once(data), folder.top / MANIFEST)
    return hashlib.sha256(data).hexdigest()


def sum_of(path: Path) -> dict[str, Any]:
    """A file's size and SHA-256, as the manifest has them."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return {"size": size, "sha256": digest.hexdigest()}


def counted_words(done: Exported) -> str:
    """How much was written."""
    said = ngettext(
        "{count} email and {documents} documents exported.",
        "{count} emails and {documents} documents exported.",
        done.emails,
    )
    return said.format(count=done.emails, documents=done.documents)


def missing_words(done: Exported) -> str:
    """How much of it is there without its text."""
    said = ngettext(
        "{count} is there without its text, which could not be fetched.",
        "{count} are there without their text, which could not be fetched.",
        len(done.missing),
    )
    return said.format(count=len(done.missing))
