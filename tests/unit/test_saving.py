"""Attachments become files: whole or not at all, never over or through anything that is there (Z13)."""

import hashlib
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.model.errors import Away, BadRequest, Conflict
from tui.saving import save, target


async def pieces(*given: bytes | Exception) -> AsyncIterator[bytes]:
    for piece in given:
        if isinstance(piece, Exception):
            raise piece
        yield piece


async def test_a_file_for_one_s_own_eyes(tmp_path: Path) -> None:
    saved = await save(pieces(b"deed ", b"", b"of sale"), tmp_path / "deed.pdf")
    assert saved.path.read_bytes() == b"deed of sale"
    assert (saved.size, saved.sha256) == (12, hashlib.sha256(b"deed of sale").hexdigest())
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600


async def test_an_empty_attachment_is_an_empty_file(tmp_path: Path) -> None:
    assert (await save(pieces(), tmp_path / "empty")).size == 0
    assert (tmp_path / "empty").read_bytes() == b""


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling", "fifo"])
async def test_what_is_there_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    secret, path = tmp_path / "secret", tmp_path / "deed.pdf"
    secret.write_text("mine")
    match kind:
        case "file":
            path.write_text("mine")
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(secret)
        case "dangling":
            path.symlink_to(tmp_path / "nowhere")
        case "fifo":
            os.mkfifo(path)
    with pytest.raises(Conflict) as caught:
        await save(pieces(b"theirs"), path)
    assert (caught.value.code, caught.value.arguments) == ("file_exists", {"path": str(path)})
    assert secret.read_text() == "mine"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["deed.pdf", "secret"]


async def test_what_breaks_half_way_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Away):
        await save(pieces(b"half", Away("office_gone")), tmp_path / "deed.pdf")
    with pytest.raises(Away):
        await save(pieces(Away("body_unavailable")), tmp_path / "deed.pdf")
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "deed.pdf", tmp_path / "nul\0"):
        with pytest.raises(BadRequest) as caught:
            await save(pieces(b"x"), path)
        assert caught.value.code == "cannot_write"


def test_where_it_goes(tmp_path: Path) -> None:
    assert target(None, "../../etc/passwd") == Path("_.._etc_passwd")
    assert target(tmp_path, "../deed.pdf") == tmp_path / "_deed.pdf"
    assert target(tmp_path / "mine.pdf", "../deed.pdf") == tmp_path / "mine.pdf"
