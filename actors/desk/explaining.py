"""Where else an email could be filed ([C4]): worked out when somebody asks, from what the vault holds at that moment.

Decides nothing and writes nothing. What a reader may not know is left out (Z5): what only a copy of somebody else's
says (Z16), and what follows from an email that they do not see. Clients are judged where they are named.
"""

from collections.abc import Set as AbstractSet

from actors.desk.book import Book
from actors.desk.gathering import facts_of, gather
from actors.desk.turn import Turn
from store.model.filing import Filed, Reason
from store.model.ids import EmailKey
from store.rules.filing import alternatives
from store.vault.kept import KeptEmail
from store.vault.queries.sight import Sight
from store.vault.queries.told import visible_emails
from store.vault.vault import Vault


def other_filings(sight: Sight, vault: Vault, email: EmailKey) -> tuple[Filed, ...]:
    """What else its facts say, the strongest first."""
    turn = Turn(vault, Book(vault), sight.now)
    mail = turn.one(email)
    if mail is None:
        return ()
    found = alternatives(facts_of(turn, gather(turn, (mail,)), mail, {}))
    seen = visible_emails(sight, {filed.source for filed in found if filed.source is not None})
    return tuple(filed for filed in found if _may_know(sight, mail, filed, seen.keys()))


def _may_know(sight: Sight, mail: KeptEmail, filed: Filed, seen: AbstractSet[int]) -> bool:
    if filed.client in mail.filings:
        return False
    if filed.reason is Reason.ADDRESS and filed.address is None:
        return {copy.mailbox for copy in mail.sightings} <= sight.scope.mailboxes
    return filed.source is None or filed.source in seen
