"""Files that another program put into a client's folder become that client's documents ([A3]).

Whose folder it is says the id in its name; what lies in no client's folder is left alone. Must not read a file.
"""

import re
from typing import Final

from actors.desk.following import journal
from actors.desk.turn import Turn
from actors.messages import FilesFound
from store.model.errors import NotFound
from store.model.ids import ClientKey, DocumentKey
from store.vault.following import NewAnnouncement
from store.vault.shelf import KeptDocument

_ID: Final = re.compile(r"\(([0-9a-z]+)\)$")


def adopt(turn: Turn, message: FilesFound) -> None:
    """Each once; their files stay where they are."""
    clients, adopted = turn.vault.firm.clients(), 0
    for found in message.files:
        folder, _slash, name = found.place.rpartition("/")
        client = _client(turn, folder.partition("/")[0])
        if client is None or client not in clients:
            continue
        new = KeptDocument(
            DocumentKey(0), client, folder, name, found.size, found.sha256, found.modified, at=turn.now, touched=True
        )
        if turn.vault.shelf.adopt(new):
            adopted += 1
            turn.told.append(NewAnnouncement("documents_changed", client=client))
    if adopted:
        journal(turn, "documents_found", str(adopted))


def _client(turn: Turn, folder: str) -> ClientKey | None:
    found = _ID.search(folder)
    try:
        return None if found is None else turn.vault.ids.client_key(found[1])
    except NotFound:
        return None
