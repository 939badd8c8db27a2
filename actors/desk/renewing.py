"""A folder with another UIDVALIDITY: copies that it holds still are recognised by what they say ([S9]).

Equal header fields, INTERNALDATE and size in that folder are the old copy: its sighting moves, and is not gone.
"""

from collections.abc import Iterable, Iterator

from actors.desk.naming import heads_of
from actors.desk.turn import Turn
from actors.messages import SeenCopy
from store.model.copy import Copy
from store.model.ids import EmailKey, FolderKey
from store.vault.kept import KeptEmail, KeptSighting
from store.vault.sightings import DELETED
from store.vault.vault import Vault

Twin = tuple[int, int]  # INTERNALDATE, size


class Renewal:
    """The sightings of a folder under older UIDVALIDITYs, as long as some are left."""

    def __init__(self, vault: Vault, folder: FolderKey, uidvalidity: int) -> None:
        self.uidvalidity = uidvalidity
        self._twins: dict[Twin, dict[int, EmailKey]] = {}
        for sighting, internaldate, size, email in vault.sightings.older(folder, uidvalidity):
            self._twins.setdefault((internaldate, size), {})[sighting] = email

    def __bool__(self) -> bool:
        return bool(self._twins)

    def candidates(self, copies: Iterable[SeenCopy]) -> set[EmailKey]:
        """The emails that these copies could be."""
        return {email for seen in copies for email in self._twins.get((seen.internaldate, seen.size), {}).values()}

    def clear(self) -> None:
        """Nothing of the old is looked for any more."""
        self._twins.clear()

    def left(self) -> set[EmailKey]:
        """The emails whose old sightings were not seen again."""
        return {email for twins in self._twins.values() for email in twins.values()}

    def take(self, turn: Turn, seen: SeenCopy, copy: Copy) -> KeptSighting | None:
        """The old sighting that this copy is; each is taken once."""
        twin = (seen.internaldate, seen.size)
        found = [here for here in self._there(turn, twin) if _same_fields(turn.mails[here.email], here, copy)]
        if not found:
            return None
        alike = [here for here in found if _is_left(here.flags.split()) is _is_left(seen.flags)]
        here = (alike or found)[0]
        del self._twins[twin][here.sighting]
        if not self._twins[twin]:
            del self._twins[twin]
        return here

    def _there(self, turn: Turn, twin: Twin) -> Iterator[KeptSighting]:
        for sighting, email in self._twins.get(twin, {}).items():
            mail = turn.one(email)
            here = None if mail is None else next((s for s in mail.sightings if s.sighting == sighting), None)
            if here is not None and _is_there(turn, here):
                yield here


def _is_there(turn: Turn, here: KeptSighting) -> bool:
    """Present, or deleted here and its server does not know yet, or left to a server that does not expunge."""
    return here.gone_at is None or _is_left(here.flags.split()) or bool(turn.changes_for(here))


def _is_left(flags: Iterable[str]) -> bool:
    return DELETED in flags


def _same_fields(mail: KeptEmail, here: KeptSighting, copy: Copy) -> bool:
    """Message-ID, Date and addresses by identity; subject, Reply-To and Sender by the content's."""
    heads = heads_of(copy.headers)
    if not any(content.no == here.content and content.heads == heads for content in mail.contents):
        return False
    if mail.identity is None:
        return copy.headers.message_id is None and mail.date == copy.headers.date
    return mail.identity[: len(copy.identity)] == copy.identity
