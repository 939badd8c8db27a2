"""`postroom client export`: a client's mail, documents and contacts in a folder of the caller's, with a manifest that
proves them; and its check, which needs no office ([C7]).

Every file is written new, below a folder that is new or empty; nothing is followed or overwritten.
"""

import argparse
import asyncio
import hashlib
import json
import os
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from actors.desk.api import Desk
from store.mime.names import file_name
from store.model.document import Export
from store.model.errors import Away, BadRequest, Conflict, DeskError
from store.model.file_names import folded, free_name
from store.model.ids import RequestId
from store.model.plain import plain
from store.model.views import EmailRow
from tui.cli.attach import attached, request
from tui.cli.export_files import MANIFEST, in_mbox, readme, table, vcards
from tui.cli.output import Output, when
from tui.cli.run import need
from tui.i18n import _, ngettext
from tui.saving import save

FORMAT = 1
TOLD_EVERY = 500
MOST_SUBJECT = 60
PIECE = 1 << 20
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


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


async def export(options: argparse.Namespace, output: Output) -> int | None:
    """Write an export, or check one."""
    if options.verify is not None:
        need(options.client is None and options.folder is None, "bad_value", field="--verify")
        return verify(Path(options.verify), output)
    client, top = options.client or "", options.folder or ""
    need(client and top, "bad_value", field="DIR")
    folder = Folder(_made(Path(top)))
    asked = request(options)
    async with attached(options) as desk:
        begun = await desk.begin_export(RequestId(f"{asked}:begin"), client)
        missing, count = await _fill(desk, begun, folder, output)
        manifest = await _manifest(begun, folder, missing)
        await desk.end_export(asked, begun.client, emails=count, documents=len(begun.documents), manifest=manifest)
    output.record(
        {
            "folder": str(folder.top.absolute()),
            "client": begun.client,
            "emails": count,
            "documents": len(begun.documents),
            "missing": missing,
            "files": len(folder.files) + 1,
            "manifest": manifest,
            "done": True,
            "undo": None,
            "affected": count + len(begun.documents),
        },
        plain(str(folder.top)),
    )
    said = ngettext("{count} email and {documents} documents exported.",
                    "{count} emails and {documents} documents exported.", count)  # fmt: skip
    output.say(said.format(count=count, documents=len(begun.documents)))
    if missing:
        told = ngettext("{count} is there without its text, which could not be fetched.",
                        "{count} are there without their text, which could not be fetched.", len(missing))  # fmt: skip
        output.attention(told.format(count=len(missing)))
    return None


def _made(path: Path) -> Path:
    """A folder that is new or empty."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise Conflict("file_exists", path=str(path))
    except OSError:
        raise BadRequest("cannot_write", path=str(path)) from None
    return path


async def _fill(desk: Desk, begun: Export, folder: Folder, output: Output) -> tuple[list[str], int]:
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
            if len(rows) % TOLD_EVERY == 0:
                output.say(_("{count} of {total} emails …").format(count=len(rows), total=begun.emails))
        mbox.flush()
        os.fsync(mbox.fileno())
    folder.files.append({"path": "mail.mbox", **_sum(folder.top / "mail.mbox")})
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


# ---- The check


def verify(top: Path, output: Output) -> int | None:
    """Every file is as the manifest says, and there is no other; the first that is not is named."""
    try:
        data = (top / MANIFEST).read_bytes()
        files = {str(file["path"]): (int(file["size"]), str(file["sha256"])) for file in json.loads(data)["files"]}
    except OSError:
        raise BadRequest("no_file", path=str(top / MANIFEST)) from None
    except (ValueError, KeyError, TypeError):
        files, data = {}, b""
    wrong = MANIFEST if not data else _first_wrong(top, files)
    told = {"files": len(files), "wrong": wrong, "manifest": hashlib.sha256(data).hexdigest() if data else None}
    output.record(told, None)
    if wrong is not None:
        output.attention(_("Not as it was exported: {path}").format(path=wrong))
        return DeskError.exit_code
    output.say(
        ngettext("{count} file is as it was exported.", "All {count} files are as they were exported.", len(files))
        .format(count=len(files))
    )  # fmt: skip
    output.say(_("The manifest's own sum, which the journal has too: {sum}").format(sum=told["manifest"]))
    return None


def _first_wrong(top: Path, files: dict[str, tuple[int, str]]) -> str | None:
    for place, (size, sha256) in sorted(files.items()):
        if Path(place).is_absolute() or ".." in Path(place).parts:
            return place
        try:
            if not stat.S_ISREG((top / place).lstat().st_mode) or _sum(top / place) != {"size": size, "sha256": sha256}:
                return place
        except OSError:
            return place
    there = sorted(path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_symlink() or path.is_file())
    return next((place for place in there if place not in files and place != MANIFEST), None)


def _sum(path: Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return {"size": size, "sha256": digest.hexdigest()}


# ---- The hold, and the end


async def erase(options: argparse.Namespace, output: Output) -> int | None:
    """Erase a client for good."""
    async with attached(options) as desk:
        if not options.yes:
            need(sys.stdin.isatty(), "not_confirmed")
            question = _("Erase {name} for good, with mail and documents? [y/N] ").format(name=plain(options.client))
            if (await asyncio.to_thread(input, question)).strip().casefold() != "y":
                output.say(_("Nothing was done."))
                return 1
        done = await desk.erase_client(request(options), options.client)
    said = ngettext("The client goes, with {count} email; nothing takes that back.",
                    "The client goes, with {count} emails; nothing takes that back.", done.affected)  # fmt: skip
    output.did(done, said.format(count=done.affected))
    return None


async def hold(options: argparse.Namespace, output: Output) -> None:
    """Lay a legal hold on a client, or lift it."""
    on = options.switch == "on"
    async with attached(options) as desk:
        done = await desk.hold_client(request(options), options.client, on=on)
    output.did(
        done, _("Nothing of this client is removed until the hold is lifted.") if on else _("The hold is lifted.")
    )
