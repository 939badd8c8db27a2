"""A thread made private to its mailboxes' members ([C8], Z21), and mail that comes to it.

It reaches the actor's own copies only: mail that they see by a filing alone is the firm's. Must not say who sees what:
`rules.permissions` does.
"""

from collections.abc import Iterable, Sequence

from actors.desk.commands.documents import need_no_hold
from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import KeptPrivate, journalled
from actors.desk.commands.past import settle_now
from actors.desk.commands.resolving import seen, thread_of
from actors.desk.commands.undos import NOTHING, did, unchanged
from store.model.errors import NotAllowed
from store.model.ids import ClientKey, EmailKey, MemberKey
from store.model.views import Done
from store.rules.permissions import Action
from store.vault.kept import KeptEmail
from store.vault.seen import Seen


def set_private(act: Act, *, thread: str, on: bool) -> Done:
    """Its emails in one's own mailboxes; what comes to it there is private too."""
    key, emails = thread_of(act, thread)
    own = [mail for mail in act.turn.get(emails) if _is_own(act, mail)]
    if not own:
        raise NotAllowed("not_allowed", right=str(Action.MAKE_PRIVATE))
    changed = [mail.email for mail in own if mail.private is not on]
    if not changed:
        return NOTHING
    _change(act, changed, on=on)
    done = did(act, "private" if on else "public", len(changed), KeptPrivate(emails=tuple(changed), on=on), threads=1)
    act.about = f"thread {key} {journalled('email', changed)}"
    return done


def public_again(act: Act, inverse: KeptPrivate) -> int:
    """As it was before."""
    now = [act.vault.emails.resolve(email) for email in inverse.emails]
    emails = list(dict.fromkeys(email for email in now if email is not None))
    unchanged(emails and len(seen(act, emails)) == len(emails))
    mails = act.turn.get(emails)
    unchanged(all(_is_own(act, mail) and mail.private is inverse.on for mail in mails))
    _change(act, emails, on=not inverse.on)
    act.about = journalled("email", emails)
    return len(emails)


def _change(act: Act, emails: Sequence[EmailKey], *, on: bool) -> None:
    """Who sees it only by a filing loses it, or gets it (again)."""
    clients = Seen(act.vault.database, act.scope, now=act.now).filed_with(emails)
    act.need(Action.MAKE_PRIVATE, away_from=clients if on else ())
    if on:
        need_no_hold(act, clients)
    for mail in act.turn.get(emails):
        mail.private = on
    settle_now(act, emails, marks_changed=True)
    act.people_changed(rights=True)
    for member in _others(act, clients):
        act.announce("scope_changed", member=member)


def _others(act: Act, clients: Iterable[ClientKey]) -> list[MemberKey]:
    """Who may have seen it by a filing: their pages are old."""
    wanted = set(clients)
    scopes = act.turn.book.scopes.items()
    return sorted(m for m, scope in scopes if m != act.actor and any(scope.allows_client(c) for c in wanted))


def _is_own(act: Act, mail: KeptEmail) -> bool:
    return any(one.mailbox in act.scope.mailboxes for one in mail.sightings)
