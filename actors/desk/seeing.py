"""Who sees an email as it stands in a turn. Must not decide it: `rules.permissions.visible` does."""

from actors.desk.turn import Turn
from store.model.ids import MemberKey
from store.rules.permissions import VisibleFacts, VisibleFiling, visible
from store.vault.kept import KeptEmail


def visible_facts(mail: KeptEmail) -> VisibleFacts:
    """What decides who sees an email."""
    return VisibleFacts(
        mailboxes=tuple(sorted(mail.mailboxes())),
        filings=tuple(
            VisibleFiling(client=f.client, ambiguous=f.ambiguous, visible_from=f.visible_from)
            for f in mail.filings.values()
        ),
        private=mail.private,
    )


def sees(turn: Turn, member: MemberKey, mail: KeptEmail) -> bool:
    """Whether a member sees an email now."""
    seer = turn.book.scopes.get(member)
    return seer is not None and visible(seer, visible_facts(mail), now=turn.now)
