"""Every method of the Desk called with somebody else's ids, and with ids of nothing: by the names of its arguments.

An argument of a name that is not known here stops the test: somebody has to say what a hostile caller would put there.
"""

import inspect
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from actors.desk import wire
from actors.desk.api import Desk, LocalCopy, NewClient, NewContact, NewMailbox
from store.model.address import Person
from store.model.errors import DeskError, ErrorFrame
from store.model.filing_rules import Conditions
from store.model.firm import MemberRole
from store.model.ids import (
    ClientKey,
    CommentKey,
    ContactKey,
    DocumentKey,
    EmailId,
    EmailKey,
    NoteKey,
    NoticeKey,
    OutboxKey,
    RequestId,
    ThreadKey,
)
from store.model.mailbox import ServerSettings
from store.model.outbox import Answering, Draft
from store.model.people import NewPerson, PeopleBatch
from store.model.sign_in import ProviderApp, SignInWay
from store.model.views import ThreadQuery
from store.vault.ids import Ids

SERVER: Final = ServerSettings(host="localhost", port=1, tls="none")
UNUSED: Final = 40_000_000_000_000_000  # an email's key holds its time


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a caller names: somebody's things, or nothing at all."""

    email: str
    thread: str
    client: str
    contact: str
    document: str
    note: str
    notice: str
    outbox: str
    mailbox: str
    address: str  # of a contact
    rule: str
    sign_in: str = "no-such-sign-in"
    member: str = "Olga Owner"
    me: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def unused(ids: Ids, *, member: str, me: str, fresh: str) -> Named:
    """Well-formed, and nobody's."""
    return Named(
        email=ids.email(EmailKey(UNUSED)),
        thread=ids.thread(ThreadKey(99_999)),
        client=ids.client(ClientKey(99_999)),
        contact=ids.contact(ContactKey(99_999)),
        document=ids.document(DocumentKey(99_999)),
        note=ids.note(NoteKey(99_999)),
        notice=ids.notice(NoticeKey(99_999)),
        outbox=ids.outbox(OutboxKey(99_999)),
        mailbox="nobody@elsewhere.example",
        address=fresh,
        rule="no such rule",
        member=member,
        me=me,
        more={"comment": ids.comment(CommentKey(99_999))},
    )


async def _pieces(*items: Any) -> AsyncIterator[Any]:  # noqa: ANN401 - of any upload
    for item in items:
        yield item


def _fresh(_named: Named) -> str:
    """A name that nothing has."""
    return f"Mine {uuid.uuid4().hex[:8]}"


MADE: Final[dict[str, Callable[[Named], Any]]] = {
    "request": lambda _n: RequestId(uuid.uuid4().hex),
    "email": lambda n: n.email,
    "emails": lambda n: (n.email,),
    "thread": lambda n: n.thread,
    "threads": lambda n: (n.thread,),
    "answers": lambda n: n.email,
    "before": lambda n: n.email,
    "client": lambda n: n.client,
    "contact": lambda n: n.contact,
    "document": lambda n: n.document,
    "note": lambda n: n.note,
    "notice": lambda n: n.notice,
    "notices": lambda n: (n.notice,),
    "outbox": lambda n: n.outbox,
    "member": lambda n: n.member,
    "deputy": lambda n: n.me,
    "pass_to": lambda n: n.me,
    "sign_in": lambda n: n.sign_in,
    "folder": lambda _n: "Archive",
    "text": lambda _n: "zq",
    "until": lambda _n: None,
    "draft": lambda n: Draft(from_=n.mailbox, to=(Person(address="a@x.example"),), text="Hi", answers=EmailId(n.email)),
    "name": lambda n: n.rule,
    "type_": lambda _n: "text/plain",
    "pieces": lambda _n: _pieces(b"x"),
    "copies": lambda _n: _pieces(LocalCopy(folder="INBOX", data=b"Subject: x\r\n\r\nx\r\n")),
    "people": lambda n: _pieces(PeopleBatch(people=(NewPerson(line=1, name="New", addresses=(n.address,)),))),
    "n": lambda _n: 1,
    "hold": lambda _n: 0,
    "answer": lambda _n: "sent",
    "addresses": lambda n: (n.address,),
    "contacts": lambda n: (NewContact(name="New", address=n.address),),
    "clients": lambda n: (NewClient(name=_fresh(n), contacts=(NewContact(name="New", address=n.address),)),),
    "way": lambda _n: SignInWay.PASSWORD,
    "app": lambda _n: ProviderApp(provider="microsoft", client_id="x" * 36),
    "kind": lambda _n: "file",
    "passphrase": lambda _n: "a long enough passphrase",
    "into": lambda n: n.client,
    "on": lambda _n: True,
    "domain": lambda _n: "made-up.example",
    "role": lambda _n: MemberRole.ADMIN,
    "conditions": lambda _n: Conditions(senders=("x@made-up.example",)),
    "documents": lambda _n: 1,
    "manifest": lambda _n: "0" * 64,
    "key": lambda _n: "language",
    "value": lambda _n: "en",
}
# Where an argument of that name is something else.
OTHERWISE: Final[dict[tuple[str, str], Callable[[Named], Any]]] = {
    ("client", "ref"): lambda n: n.client,
    ("contact", "ref"): lambda n: n.contact,
    ("threads", "query"): lambda n: ThreadQuery(client=n.client),  # type: ignore[arg-type] # any word
    ("end_export", "emails"): lambda _n: 1,
    ("begin_sign_in", "address"): lambda n: n.mailbox,
    ("find_servers", "address"): lambda _n: "a@no-such-domain.invalid",
    ("import_copies", "mailbox"): _fresh,
    ("add_mailbox", "mailbox"): lambda n: NewMailbox(
        address=n.mailbox, login=n.mailbox, password="wrong", imap=SERVER, smtp=None
    ),
    ("preview", "mailbox"): lambda n: NewMailbox(
        address=n.mailbox, login=n.mailbox, password="wrong", imap=SERVER, smtp=None
    ),
    ("set_own_address", "mailbox"): lambda n: n.mailbox,
    ("set_own_address", "address"): lambda n: n.mailbox,
    ("set_own_address", "name"): _fresh,
    ("set_mailbox", "signature"): _fresh,
    ("audit", "addresses"): lambda n: (n.mailbox,),
    ("sync", "addresses"): lambda n: (n.mailbox,),
    ("set_access", "give"): lambda n: (n.client,),
    ("tag_client", "add"): lambda _n: ("mine",),
    ("status", "actors"): lambda _n: True,
    ("journal", "client"): lambda n: n.client,
    ("propose", "how"): lambda _n: Answering.REPLY,
    ("put_note", "text"): _fresh,
    ("comment", "text"): _fresh,
    ("rename_client", "name"): _fresh,
    ("rename_contact", "name"): _fresh,
    ("rename_document", "name"): lambda _n: "mine.pdf",
    ("add_document", "name"): lambda _n: "mine.pdf",
    ("attach", "name"): lambda _n: "mine.pdf",
    ("add_client", "name"): _fresh,
    ("add_contact", "name"): _fresh,
    ("add_member", "name"): _fresh,
    ("add_rule", "name"): _fresh,
    ("client_from", "name"): _fresh,
    ("activity", "before"): lambda _n: 0,
    ("mark", "read"): lambda _n: True,
}
BOXES: Final = frozenset({
    "pause", "resume", "set_mailbox", "ending", "stop_mailbox", "reset_mailbox", "share", "unshare",
})  # fmt: skip
# What is left as it is: with it the question would be another one.
LEFT_OUT: Final[dict[str, frozenset[str]]] = {
    "file": frozenset({"thread"}),
    "client_from": frozenset({"name"}),
    "set_away": frozenset({"deputy"}),
    "put_note": frozenset({"note"}),
    "add_member": frozenset({"role"}),
    "journal": frozenset({"before"}),
    "unspam": frozenset({"notices"}),
    "keep_secrets": frozenset({"passphrase"}),
}
LIMITS: Final = frozenset({
    "limit", "offset", "after", "timeout", "version", "since", "always", "read", "starred", "passing", "actors",
    "verify", "archived", "all_folders", "wait", "wording", "how", "to", "provider", "account", "command",
    "client_secret", "user", "rights", "give", "take", "place", "html", "history_from", "shared",
    "save_attachments", "on_behalf", "signature_html", "aliases", "never_sync", "no_send", "authserv_id", "scope",
    "add", "remove", "sink",
})  # fmt: skip


def arguments(method: str, named: Named) -> dict[str, Any]:
    """What a hostile caller says."""
    found: dict[str, Any] = {}
    for name in inspect.signature(getattr(Desk, method)).parameters:
        if name in LEFT_OUT.get(method, ()):
            continue
        made = OTHERWISE.get((method, name))
        if made is None and name == "address":
            made = (lambda n: n.mailbox) if method in BOXES else (lambda n: n.address)
        if made is None and name not in LIMITS and name != "self":
            made = MADE.get(name)
            assert made is not None or name in {"signature", "mailbox"}, f"{method}: what is {name}?"
        if made is not None:
            found[name] = made(named)
    return found


async def ask(desk: Desk, method: str, named: Named) -> bytes | ErrorFrame:
    """The answer as bytes, or the refusal."""
    given = arguments(method, named)
    try:
        if wire.spoken(method).way is wire.Way.STREAM:
            return wire.encode([item async for item in getattr(desk, method)(**given)])
        return wire.encode(await getattr(desk, method)(**given))
    except DeskError as refused:
        return ErrorFrame.of(refused)
