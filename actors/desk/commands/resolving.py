"""From what a caller names to keys, within their Scope: what it hides is not found, like what never was (Z5)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from actors.desk.commands.ground import Act
from store.model.address import Address
from store.model.address import NotAllowed as BadText
from store.model.errors import BadRequest, NotFound
from store.model.ids import ClientKey, EmailKey, ThreadKey
from store.model.plain import plain
from store.vault.firm import KeptMember
from store.vault.following import KeptNotice
from store.vault.mailboxes import KeptMailbox
from store.vault.seen import Seen

Key = TypeVar("Key", bound=int)

MAX_NAME = 200


def clean_name(text: str) -> str:
    """A name for something new: visible characters on one line."""
    name = text.strip()
    if not name or len(name) > MAX_NAME or plain(name) != name:
        raise BadRequest("bad_name")
    return name


def clean_address(text: str) -> str:
    """A normalised address."""
    try:
        return str(Address(text))
    except BadText:
        raise BadRequest("bad_address", address=plain(text[:MAX_NAME])) from None


def client_of(act: Act, ref: str) -> ClientKey:
    """By id, or by name with case ignored."""
    known = {key: name for key, name in act.vault.firm.clients().items() if act.scope.allows_client(key)}
    return _found(ref, known, lambda word: act.vault.clients.resolve(act.vault.ids.client_key(word)))


def member_of(act: Act, ref: str) -> KeptMember:
    """By id or name."""
    members = act.turn.book.members
    names = {key: kept.name for key, kept in members.items()}
    return members[_found(ref, names, act.vault.ids.member_key)]


def mailbox_of(act: Act, ref: str) -> KeptMailbox:
    """By id, address or name; whether the actor may use it is another question."""
    boxes = act.vault.mailboxes.all()
    names = {key: box.address for key, box in boxes.items()}
    return boxes[_found(ref, names, act.vault.ids.mailbox_key)]


def notice_of(act: Act, ref: str) -> KeptNotice:
    """Only one's own."""
    kept = act.vault.notices.get(act.vault.ids.notice_key(ref))
    if kept is None or kept.member != act.actor:
        raise NotFound
    return kept


def emails_of(act: Act, refs: Sequence[str]) -> list[EmailKey]:
    """All of them, each once, newest first; one that is hidden hides the request."""
    if not refs:
        raise BadRequest("bad_value", field="emails")
    keys = {_email(act, ref) for ref in refs}
    found = seen(act, keys)
    if len(found) < len(keys):
        raise NotFound
    return found


def chosen_of(act: Act, emails: Sequence[str], threads: Sequence[str], *, left: bool = False) -> list[EmailKey]:
    """These emails, and all of these threads that the actor sees, each once, newest first. One that is hidden hides
    the request. `left`: what stands in *Deleted* is seen too.
    """
    if not emails and not threads:
        raise BadRequest("bad_value", field="emails")
    named = {_email(act, ref) for ref in emails}
    of_threads = [act.vault.emails.in_thread(_thread(act, ref)) for ref in dict.fromkeys(threads)]
    found = seen(act, named.union(*of_threads), left=left)
    known = set(found)
    if not named <= known or any(known.isdisjoint(of_thread) for of_thread in of_threads):
        raise NotFound
    return found


def thread_of(act: Act, ref: str) -> tuple[ThreadKey, list[EmailKey]]:
    """A thread, and its emails that the actor sees, newest first."""
    thread = _thread(act, ref)
    emails = seen(act, act.vault.emails.in_thread(thread))
    if not emails:
        raise NotFound
    return thread, emails


def thread_now(act: Act, thread: ThreadKey) -> tuple[ThreadKey, list[EmailKey]]:
    """A thread of an earlier act as it stands, and its emails that the actor sees. NotFound: hidden by now."""
    return thread_of(act, act.vault.ids.thread(thread))


def latest(act: Act, emails: Sequence[EmailKey]) -> EmailKey:
    """The newest by time: what is set on a thread hangs on it."""
    return max(act.vault.threads.states_of(emails), key=lambda one: (one.at, one.email)).email


def seen(act: Act, emails: Iterable[EmailKey], *, left: bool = False) -> list[EmailKey]:
    """Of these the ones that the actor sees, newest first."""
    return Seen(act.vault.database, act.scope, now=act.now, left=left).among(emails)


def _thread(act: Act, ref: str) -> ThreadKey:
    key = act.vault.threads.resolve(act.vault.ids.thread_key(ref))
    if key is None:
        raise NotFound
    return key


def _email(act: Act, ref: str) -> EmailKey:
    key = act.vault.emails.resolve(act.vault.ids.email_key(ref))
    if key is None:
        raise NotFound
    return key


def _found(ref: str, names: Mapping[Key, str], decode: Callable[[str], Key]) -> Key:
    """By id, else by the one name that is the same with case ignored."""
    try:
        key = decode(ref)
    except NotFound:
        key = None
    if key is not None and key in names:
        return key
    wanted = ref.strip().casefold()
    found = [key for key, name in names.items() if name.casefold() == wanted]
    if not found:
        raise NotFound
    if len(found) > 1:
        raise BadRequest("ambiguous_name", name=plain(ref[:MAX_NAME]))
    return found[0]
