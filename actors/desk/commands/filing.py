"""Filing by hand ([C2] 1, [C4]): for an email, for a thread as its emails are marked, always for a sender.

A decision is kept against emails or an address; what it reaches is settled by the rules (Z1).
"""

from collections.abc import Sequence

from actors.desk.commands.clients import files_now
from actors.desk.commands.documents import need_no_hold
from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Decided, journalled
from actors.desk.commands.past import only_seen, settle_now, settle_past
from actors.desk.commands.resolving import client_of, emails_of, seen, thread_of
from actors.desk.commands.undos import did, threads_of, unchanged
from store.model.errors import BadRequest
from store.model.ids import ClientKey, EmailKey
from store.model.views import Done
from store.rules.permissions import Action
from store.vault.seen import Seen


def file(act: Act, *, email: str | None, thread: str | None, client: str | None, always: bool = False) -> Done:
    """`client` None files it nowhere."""
    if (email is None) == (thread is None):
        raise BadRequest("bad_value", field="email")
    if thread is not None:
        if always:
            raise BadRequest("bad_value", field="always")
        _key, emails = thread_of(act, thread)
        return _decide(act, "thread", emails, _clients(act, client))
    (only,) = emails_of(act, (email or "",))
    if always:
        return _always(act, only, _clients(act, client))
    return _decide(act, "email", (only,), _clients(act, client))


def _clients(act: Act, client: str | None) -> tuple[ClientKey, ...]:
    return () if client is None else (client_of(act, client),)


def _decide(act: Act, kind: str, emails: Sequence[EmailKey], clients: tuple[ClientKey, ...]) -> Done:
    _need(act, emails, clients)
    serials = [act.vault.hands.add(kind, email=email, maker=act.actor, clients=clients, at=act.now) for email in emails]
    settle_now(act, emails, marks_changed=kind == "thread")
    act.about = f"{kind}: {journalled('email', emails)} to {journalled('client', clients)}"
    inverse = Decided(serials=tuple(serials), emails=tuple(emails), clients=clients)
    return did(act, "file", len(emails), inverse, threads=threads_of(act, emails))


def _always(act: Act, email: EmailKey, clients: tuple[ClientKey, ...]) -> Done:
    """All mail of its sender, past mail too; never of a member."""
    mail = act.turn.one(email)
    if mail is None or mail.from_address is None or mail.from_address in act.turn.book.own_addresses:
        raise BadRequest("bad_value", field="always")
    sent = act.vault.emails.sent_from(mail.from_address)
    _need(act, sent, clients)
    serial = act.vault.hands.add("always", address=mail.from_address, maker=act.actor, clients=clients, at=act.now)
    files_now(act, (mail.from_address,))
    affected = settle_past(act, sent, kind="always", client=clients[0] if clients else None, expected=only_seen(act))
    act.about = f"always: address {mail.from_address} to {journalled('client', clients)}"
    inverse = Decided(serials=(serial,), address=mail.from_address, clients=clients)
    return did(act, "file", affected, inverse)


def _need(act: Act, emails: Sequence[EmailKey], clients: tuple[ClientKey, ...]) -> None:
    """Filing mail away from a client needs more than filing it with one (Z21)."""
    left = Seen(act.vault.database, act.scope, now=act.now).filed_with(emails) - set(clients)
    act.need(Action.FILE, clients=clients, away_from=left)
    need_no_hold(act, left)


def unfile(act: Act, inverse: Decided) -> int:
    """Take decisions back, unless others were made on the same since."""
    hands, emails = act.vault.hands, _now(act, inverse.emails)
    if inverse.address is not None:
        made = [kept.decision.serial for kept in hands.of_addresses((inverse.address,))]
    else:
        unchanged(len(seen(act, emails)) == len(set(emails)))
        made = [kept.decision.serial for kept in hands.of_emails(emails)]
    unchanged(set(inverse.serials) <= set(made) and max(made) <= max(inverse.serials))
    act.need(Action.FILE, clients=inverse.clients)
    need_no_hold(act, inverse.clients)
    hands.remove(inverse.serials)
    if inverse.address is not None:
        act.about = f"always: address {inverse.address}"
        files_now(act, (inverse.address,))  # an earlier decision may hold again
        return settle_past(act, act.vault.emails.sent_from(inverse.address), kind="undo", expected=only_seen(act))
    settle_now(act, emails, marks_changed=True)
    act.about = journalled("email", emails)
    return len(emails)


def _now(act: Act, emails: Sequence[EmailKey]) -> list[EmailKey]:
    """Emails that were found to be one since are one."""
    resolved = [act.vault.emails.resolve(email) for email in emails]
    return list(dict.fromkeys(email for email in resolved if email is not None))
