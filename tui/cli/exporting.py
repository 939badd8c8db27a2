"""`postroom client export`, its check, which needs no office ([C7]); the hold, and the end of a client ([C10])."""

import argparse
import asyncio
import hashlib
import json
import stat
import sys
from pathlib import Path
from typing import Any

from store.model.errors import BadRequest, DeskError
from store.model.plain import plain
from tui.cli.attach import attached, request
from tui.cli.output import Output
from tui.cli.run import need
from tui.export_files import MANIFEST
from tui.exporting import Exported, counted_words, missing_words, sum_of, write_export
from tui.i18n import _, ngettext

TOLD_EVERY = 500


async def export(options: argparse.Namespace, output: Output) -> int | None:
    """Write an export, or check one."""
    if options.verify is not None:
        need(options.client is None and options.folder is None, "bad_value", field="--verify")
        return verify(Path(options.verify), output)
    client, top = options.client or "", options.folder or ""
    need(client and top, "bad_value", field="DIR")
    where = Path(top)

    def told(count: int, total: int) -> None:
        if count % TOLD_EVERY == 0:
            output.say(_("{count} of {total} emails …").format(count=count, total=total))

    async with attached(options) as desk:
        done = await write_export(desk, request(options), client, where, told=told)
    output.record(_record(done, where), plain(str(where)))
    output.say(counted_words(done))
    if done.missing:
        output.attention(missing_words(done))
    return None


def _record(done: Exported, where: Path) -> dict[str, Any]:
    return {
        "folder": str(where.absolute()),
        "client": done.client,
        "emails": done.emails,
        "documents": done.documents,
        "missing": list(done.missing),
        "files": done.files,
        "manifest": done.manifest,
        "done": True,
        "undo": None,
        "affected": done.emails + done.documents,
    }


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
            if not stat.S_ISREG((top / place).lstat().st_mode) or sum_of(top / place) != {
                "size": size,
                "sha256": sha256,
            }:
                return place
        except OSError:
            return place
    there = sorted(path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_symlink() or path.is_file())
    return next((place for place in there if place not in files and place != MANIFEST), None)


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
