"""A kill at any step on the disk: no document without its file, no file without its document, nothing lost."""

import subprocess
import sys
from pathlib import Path

from tests.support.copies import DeskRig

MOST_STEPS = 80


def test_a_kill_at_any_step_leaves_every_document_with_its_file(tmp_path: Path) -> None:
    seen: set[tuple[object, ...]] = set()
    for step in range(1, MOST_STEPS, 2):  # before each call: what stands then stood after the one before
        folder = tmp_path / str(step)
        folder.mkdir()
        rig = DeskRig(folder / "vault.db")
        for name in ("Acme", "Blum"):
            rig.client(name)
        rig.close()
        command = [sys.executable, "-P", "-m", "tests.support.shelf_child", str(folder), str(step)]
        killed = subprocess.run(command, check=False, env={"PYTHONPATH": str(Path(__file__).parents[2])})
        rig.reopen()
        rows = rig.rows("SELECT document, name, aside_at IS NULL FROM documents")
        shelf = rig.vault.shelf
        files = {str(path.relative_to(shelf.files.root)) for path in shelf.files.root.rglob("*") if path.is_file()}
        kept = [shelf.get(row[0]) for row in rows]  # type: ignore[arg-type]
        assert {one.place for one in kept if one is not None} | staged(rig) == files
        assert all((shelf.files.root / place).read_bytes() == b"deed" for place in files)
        assert rig.rows("SELECT 1 FROM document_moves") == []
        rig.close()
        seen.add(tuple(row[1:] for row in rows))
        if killed.returncode == 0:
            break
        assert killed.returncode == 9
    else:
        raise AssertionError("it never comes to its end")
    assert {(), (("Deed.pdf", 1),), (("Will.pdf", 1),), (("Will.pdf", 0),)} <= seen


def staged(rig: DeskRig) -> set[str]:
    """Files that are on their way in: until their caller has had a day to ask again."""
    found = {f".aside/{row[0]}" for row in rig.rows("SELECT token FROM staged_files")}
    return {place for place in found if (rig.vault.shelf.files.root / place).exists()}
