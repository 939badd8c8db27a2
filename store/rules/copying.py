"""How much of a copy is wanted ([S4]), and which copies a mailbox keeps no longer after its scope or history changed.

Invariant: what is filed is wanted whole in every scope and however old; what somebody decided on by hand, or sent from
here, is let go by no scope.
"""

from typing import Final

from store.model.ledger import Depth, SkipReason
from store.model.mailbox import MailboxScope

DAY: Final = 86_400  # a server knows history by days, of a zone of its own


def wanted_depth(scope: MailboxScope, *, filed: bool, asked: bool) -> Depth:
    """`filed`: its mailbox's never-sync list aside. `asked`: a person wants to read it."""
    if filed or asked or scope is MailboxScope.WHOLE:
        return Depth.WHOLE
    return Depth.HEADERS if scope is MailboxScope.HEADERS else Depth.NOTHING


def let_go(
    scope: MailboxScope, history_from: int | None, *, internaldate: int, filed: bool, held: bool
) -> SkipReason | None:
    """Why a copy is not kept any more; None if it is. `held`: decided on by hand, or sent from here."""
    if filed or held:
        return None
    if scope is MailboxScope.CLIENTS:
        return SkipReason.NOT_A_CLIENT
    if history_from is not None and internaldate < history_from - DAY:
        return SkipReason.BEFORE_HISTORY
    return None


def goes_deeper(before: int | None, after: int | None) -> bool:
    """Whether a history that begins then reaches further back."""
    return before is not None and (after is None or after < before)
