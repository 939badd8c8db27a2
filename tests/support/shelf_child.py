"""A process that keeps, renames and deletes a document, and dies at the nth step on the disk, as by a kill.

python -m tests.support.shelf_child FOLDER STEP
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from actors.desk.writer import DeskWriter
from store.vault.vault import Vault
from tests.support.copies import NOW
from tests.support.hands import Hands
from tests.support.office import ManualTime

STEPS = ("link", "unlink", "rename", "rmdir", "mkdir")


def main(folder: Path, step: int) -> None:
    count = 0

    def lethal(real: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: object, **named: object) -> object:
            nonlocal count
            count += 1
            if count == step:
                os._exit(9)
            answer = real(*given, **named)
            count += 1
            if count == step:
                os._exit(9)
            return answer

        return done

    for name in STEPS:
        setattr(os, name, lethal(getattr(os, name)))
    rig = Rig(folder)
    hands = Hands(rig)  # type: ignore[arg-type]
    document = hands.ask(rig.owner, "add_document", client="Acme", name="Deed.pdf", **rig.staged(b"deed")).document
    hands.do(rig.owner, "rename_document", document=document, name="Will.pdf")
    hands.do(rig.owner, "move_document", document=document, client="Blum")
    hands.do(rig.owner, "delete_document", document=document)
    hands.do(rig.owner, "undo")
    rig.vault.close()


class Rig:
    """As much of a desk's rig as commands need."""

    def __init__(self, folder: Path) -> None:
        self.vault = Vault.open(folder / "vault.db")
        self.writer = DeskWriter(self.vault, ManualTime(NOW), jitter=lambda: 0.5)
        self.owner = next(iter(self.writer.book.members))

    def staged(self, data: bytes) -> dict[str, Any]:
        """What a desk is told of a file that was laid aside."""
        from actors.desk.shelving import stage_now

        with self.writer.turn() as turn:
            turn.vault.shelf.stage("t", at=turn.now)
        file = stage_now(self.vault.shelf.files, "t", data)
        return {"token": "t", "size": file.size, "sha256": file.sha256, "modified": file.modified}


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
