"""The documents folder on disk: nothing outside it, nothing written over, and every step may be done again."""

import os
from pathlib import Path

import pytest

from store.vault.files import Files

REFUSED = OSError  # by the system: no such file, no directory, too many links


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "documents")


def staged(files: Files, token: str = "t", data: bytes = b"deed") -> str:
    with files.stage(token) as file:
        file.write(data)
        files.flush(file)
    return f".aside/{token}"


def text(files: Files, place: str) -> bytes:
    with files.open(place) as file:
        return file.read()


def test_a_file_is_put_in_its_place_and_is_for_its_owner_alone(files: Files) -> None:
    assert files.put(staged(files), "Acme/2026/Deed.pdf")
    assert text(files, "Acme/2026/Deed.pdf") == b"deed"
    assert files.names(".aside") == []
    for path in (files.root, *files.root.rglob("*")):
        assert not path.stat().st_mode & 0o077


def test_done_again_nothing_changes(files: Files) -> None:
    source = staged(files)
    assert files.put(source, "Acme/2026/Deed.pdf")
    assert files.put(source, "Acme/2026/Deed.pdf")
    os.link(files.root / "Acme/2026/Deed.pdf", files.root / source)  # as a kill between the two names leaves it
    assert files.put(source, "Acme/2026/Deed.pdf")
    assert files.names(".aside") == []
    files.remove("Acme/2026/Deed.pdf")
    files.remove("Acme/2026/Deed.pdf")
    assert not files.put(source, "Acme/2026/Deed.pdf")


def test_nothing_is_written_over(files: Files) -> None:
    files.put(staged(files), "Acme/2026/Deed.pdf")
    with pytest.raises(FileExistsError):
        files.put(staged(files, "u", b"other"), "Acme/2026/Deed.pdf")
    assert text(files, "Acme/2026/Deed.pdf") == b"deed"
    assert text(files, ".aside/u") == b"other"


@pytest.mark.parametrize("swapped", ["documents", "documents/Acme", "documents/Acme/2026"])
def test_a_link_in_the_way_is_not_followed(files: Files, tmp_path: Path, swapped: str) -> None:
    outside = tmp_path / "outside"
    (outside / "Acme" / "2026").mkdir(parents=True)
    (outside / "2026").mkdir()
    (outside / ".aside").mkdir()
    files.put(staged(files, "first"), "Acme/2026/First.pdf")
    staged(files)
    (tmp_path / swapped).rename(tmp_path / "was")
    (tmp_path / swapped).symlink_to(outside)
    for act in (lambda: files.put(".aside/t", "Acme/2026/Deed.pdf"), lambda: files.open("Acme/2026/First.pdf")):
        with pytest.raises(REFUSED):
            act()
    assert [path for path in outside.rglob("*") if path.is_file()] == []
    assert files.modified("Acme/2026/First.pdf") is None


def test_a_link_in_a_files_place_is_neither_read_nor_written_nor_taken_for_it(files: Files, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    files.put(staged(files), "Acme/2026/Deed.pdf")
    (files.root / "Acme/2026/Link.pdf").symlink_to(secret)
    with pytest.raises(REFUSED):
        files.open("Acme/2026/Link.pdf")
    with pytest.raises(FileExistsError):
        files.put(staged(files, "u"), "Acme/2026/Link.pdf")
    (files.root / ".aside" / "x").symlink_to(secret)
    with pytest.raises(REFUSED):
        files.stage("x")
    assert not files.put(".aside/x", "Acme/2026/New.pdf")
    assert secret.read_bytes() == b"secret"
    assert list(files.places()) == ["Acme/2026/Deed.pdf"]


def test_what_is_no_ordinary_file_is_not_opened(files: Files) -> None:
    files.put(staged(files), "Acme/2026/Deed.pdf")
    os.mkfifo(files.root / "Acme/2026/pipe")
    with pytest.raises(REFUSED):
        files.open("Acme/2026/pipe")


@pytest.mark.parametrize("place", ["../x", "Acme/../../x", "Acme/2026/..", "", "Acme//..", "Acme/2026/a\0b"])
def test_no_place_leads_out(files: Files, tmp_path: Path, place: str) -> None:
    (tmp_path / "x").write_bytes(b"outside")
    source = staged(files)
    with pytest.raises(REFUSED):
        files.open(place)
    with pytest.raises(REFUSED):
        files.put(source, place)
    assert text(files, source) == b"deed"


def test_a_name_that_differs_in_case_is_another_or_the_same_but_never_lost(files: Files) -> None:
    files.put(staged(files), "Acme/2026/deed.pdf")
    assert files.put("Acme/2026/deed.pdf", "Acme/2026/Deed.pdf")
    assert list(files.places()) == ["Acme/2026/Deed.pdf"]
