"""Reads beside the real writer: after whatever happened, each member is told what the rule allows, and lists that were
kept are the lists as they would be worked out anew: so every change was announced.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.desk.book import Book
from actors.desk.reading import Readers
from store.model.errors import DeskError, NotFound
from store.model.ids import ClientKey, EmailId, EmailKey, MailboxKey, MemberKey
from store.model.mailbox import MailboxScope
from store.model.views import Announcement, Done, FolderRow, ThreadPage, ThreadQuery, View
from store.rules.permissions import VisibleFacts, VisibleFiling, visible
from tests.support.copies import NOW, DeskRig, Letter
from tests.support.hands import Hands

CLARA, TOM = "clara@firm.example", "tom@firm.example"
OUTSIDE = ("ana@client.example", "ben@client.example", "eve@two.example", "zoe@nowhere.example")
Told = tuple[tuple[FolderRow, ...], list[ThreadPage], list[EmailId]]


class Desk:
    """A small firm: Olga owns it, Clara and Tom have a mailbox each, Tom has one client, Una none."""

    def __init__(self, path: Path) -> None:
        self.rig = DeskRig(path)
        self.hands = Hands(self.rig)
        self.one = self.rig.client("One", "ana@client.example")
        self.two = self.rig.client("Two", "eve@two.example")
        self.rig.link("ben@client.example", self.one, self.two)
        self.clara = self.rig.member("Clara", self.one, self.two)
        self.tom = self.rig.member("Tom", self.two)
        self.una = self.rig.member("Una")
        self.members = (self.rig.owner, self.clara, self.tom, self.una)
        boxes = (
            self.rig.mailbox(CLARA, self.clara, scope=MailboxScope.WHOLE),
            self.rig.mailbox(TOM, self.tom, scope=MailboxScope.HEADERS),
        )
        self.folders = [self.rig.folder(box) for box in boxes]
        self.readers = Readers()
        self.connection = self.rig.vault.reader()
        self.letters: list[Letter] = []
        self.places: dict[tuple[int, int], Letter] = {}

    def close(self) -> None:
        self.connection.close()
        self.rig.close()

    def deliver(self, letter: Letter, *places: int, whole: bool = True, flags: tuple[str, ...] = ()) -> None:
        """A mail comes to these mailboxes."""
        self.letters.append(letter)
        for place in places:
            uid = 1 + max((uid for where, uid in self.places if where == place), default=0)
            self.places[place, uid] = letter
            self.folders[place].deposit(letter.seen(uid, whole=whole, flags=flags))

    # ---- What is told

    def told(self, member: MemberKey, readers: Readers) -> Told:
        """Everything that lists say."""
        reader = readers.reader(self.connection, member, NOW)
        folders = reader.folders()
        queries = [ThreadQuery(view=view) for view in View]
        queries += [ThreadQuery(client=row.client.client) for row in folders if row.client is not None]
        queries.append(ThreadQuery(text="subject"))
        pages = [reader.threads(query, offset=0, limit=100) for query in queries]
        return folders, pages, [row.email for row in reader.search("", limit=100, before=None)]

    def allowed(self, member: MemberKey) -> list[EmailId]:
        """By the rule, from what the vault holds."""
        vault = self.rig.vault
        scope = Book(vault).scopes[member]
        found = []
        for mail in vault.emails.load(self.rig.emails()).values():
            filings = tuple(
                VisibleFiling(client=f.client, ambiguous=f.ambiguous, visible_from=f.visible_from)
                for f in mail.filings.values()
            )
            facts = VisibleFacts(mailboxes=tuple(mail.mailboxes()), filings=filings, private=mail.private)
            if visible(scope, facts, now=NOW):
                found.append(mail.email)
        return [vault.ids.email(key) for key in sorted(found, reverse=True)]

    def check(self) -> None:
        for member in self.members:
            told = self.told(member, self.readers)
            assert told == self.told(member, Readers()), "a change was not announced"
            assert told[2] == self.allowed(member)


@st.composite
def letters(draw: st.DrawFn, number: int) -> Letter:
    earlier = [f"m{k}@x" for k in range(10) if k != number]
    return Letter(
        id=f"m{number}@x",
        sender=draw(st.sampled_from((*OUTSIDE, CLARA, TOM))),
        to=tuple(draw(st.lists(st.sampled_from((*OUTSIDE, CLARA, TOM)), min_size=1, max_size=2, unique=True))),
        cc=tuple(draw(st.lists(st.sampled_from((CLARA, TOM)), max_size=1))),
        subject=f"subject {number}",
        text=f"text {number}",
        at=NOW - 1000 * (number + 2),
        answers=tuple(draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True))),
        list_id="list.example" if draw(st.integers(0, 5)) == 0 else "",
    )


def act(desk: Desk, data: st.DataObject) -> None:
    """Something happens: mail, flags, a copy gone, or an act of somebody's, allowed or not."""
    kind = data.draw(st.sampled_from(("mail", "mail", "mail", "flags", "gone", "email", "thread", "firm", "undo")))
    if kind == "mail" and len(desk.letters) < 10:
        places = data.draw(st.lists(st.sampled_from((0, 1)), min_size=1, unique=True))
        desk.deliver(data.draw(letters(len(desk.letters))), *places, whole=data.draw(st.booleans()))
        return
    caller = data.draw(st.sampled_from(desk.members))
    if kind == "firm":
        _firm(desk, data)
    elif kind == "undo":
        desk.hands.ask(caller, "undo")
    elif desk.places:
        place = data.draw(st.sampled_from(sorted(desk.places)))
        if kind in ("flags", "gone"):
            _elsewhere(desk, data, place, kind)
        else:
            _on_mail(desk, data, caller, desk.places[place])


def _elsewhere(desk: Desk, data: st.DataObject, place: tuple[int, int], kind: str) -> None:
    folder = desk.folders[place[0]]
    folder.open()
    if kind == "gone":
        folder.deposit(gone=str(place[1]))
        del desk.places[place]
    else:
        flags = data.draw(st.sampled_from(((), ("\\Seen",), ("\\Flagged", "\\Seen"))))
        folder.deposit(flags=((place[1], flags),))


ON_MAIL = ("read", "star", "archive", "delete", "delete_thread", "done", "reopen", "snooze", "assign", "comment",
           "file", "file_thread")  # fmt: skip


def _on_mail(desk: Desk, data: st.DataObject, caller: MemberKey, letter: Letter) -> None:
    hands = desk.hands
    if not desk.rig.rows("SELECT 1 FROM emails WHERE message_id = ?", letter.id):
        return  # it went with its last copy
    email, thread = hands.email(letter.id or ""), hands.thread(letter.id or "")
    match data.draw(st.sampled_from(ON_MAIL)):
        case "read":
            hands.ask(caller, "mark", emails=(email,), read=data.draw(st.booleans()), starred=None)
        case "star":
            hands.ask(caller, "mark", emails=(email,), read=None, starred=data.draw(st.booleans()))
        case "archive" | "delete" as method:
            hands.ask(caller, method, emails=(email,))
        case "done" | "reopen" as method:
            hands.ask(caller, method, thread=thread)
        case "delete_thread":
            hands.ask(caller, "delete", emails=(), threads=(thread,))
        case "snooze":
            hands.ask(caller, "snooze", thread=thread, until=data.draw(st.sampled_from((NOW + 3600, None))))
        case "assign":
            hands.ask(caller, "assign", thread=thread, member=data.draw(st.sampled_from(("Clara", "Tom", "Una", None))))
        case "comment":
            hands.ask(caller, "comment", thread=thread, text="a word @Tom @Una")
        case "file":
            client = data.draw(st.sampled_from(("One", "Two", None)))
            hands.ask(caller, "file", email=email, thread=None, client=client, always=data.draw(st.booleans()))
        case _:
            client = data.draw(st.sampled_from(("One", "Two", None)))
            hands.ask(caller, "file", email=None, thread=thread, client=client, always=False)


def _firm(desk: Desk, data: st.DataObject) -> None:
    owner, hands = desk.rig.owner, desk.hands
    client, address = data.draw(st.sampled_from(("One", "Two"))), data.draw(st.sampled_from(OUTSIDE))
    match data.draw(st.sampled_from(("give", "take", "link", "unlink", "sync"))):
        case "give":
            hands.ask(owner, "set_access", member="Una", give=(client,), take=(), rights=None)
        case "take":
            hands.ask(owner, "set_access", member="Tom", give=(), take=(client,), rights=None)
        case "sync":
            on = data.draw(st.booleans())
            hands.ask(owner, "set_email_sync", address=address, client=client, on=on)
        case method:
            hands.ask(owner, method, address=address, client=client)


@given(st.data())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_each_member_is_told_what_the_rule_allows(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
    desk = Desk(path)
    try:
        desk.check()
        for _ in range(data.draw(st.integers(1, 12))):
            act(desk, data)
            desk.check()
    finally:
        desk.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "vault.db")
    yield made
    made.close()


def announced(desk: Desk, member: MemberKey, since: int) -> tuple[Announcement, ...]:
    return desk.readers.reader(desk.connection, member, NOW).announced(after=since, limit=100)[0]


def last(desk: Desk) -> int:
    return desk.readers.reader(desk.connection, desk.rig.owner, NOW).last_announced()


def test_read_in_another_program_is_announced_to_whom_it_is_read(desk: Desk) -> None:
    desk.deliver(Letter(id="a@x", to=(CLARA,)), 0)
    thread = desk.hands.thread("a@x")
    reader = desk.readers.reader(desk.connection, desk.clara, NOW)
    assert [row.unread for row in reader.threads(ThreadQuery(), offset=0, limit=9).rows] == [True]
    since = last(desk)
    desk.folders[0].open()
    desk.folders[0].deposit(flags=((1, ("\\Seen",)),))
    assert [row.unread for row in reader.threads(ThreadQuery(), offset=0, limit=9).rows] == [False]
    assert [(told.kind, told.thread) for told in announced(desk, desk.clara, since)] == [("states_changed", thread)]
    assert announced(desk, desk.rig.owner, since) == ()


def test_who_gets_access_later_does_not_start_with_everything_unread(desk: Desk) -> None:
    desk.deliver(Letter(id="a@x", to=(CLARA,)), 0)
    desk.hands.do(desk.rig.owner, "set_access", member="Una", give=("One",), take=(), rights=None)
    reader = desk.readers.reader(desk.connection, desk.una, NOW)
    assert [row.unread for row in reader.threads(ThreadQuery(), offset=0, limit=9).rows] == [False]


@pytest.mark.parametrize("member", ["owner", "tom", "una"])
def test_an_act_on_what_is_hidden_is_answered_like_one_on_nothing(desk: Desk, member: str) -> None:
    """Every command that takes an id."""
    desk.deliver(Letter(id="a@x", sender="zoe@nowhere.example", to=(CLARA,)), 0)
    caller = {"owner": desk.rig.owner, "tom": desk.tom, "una": desk.una}[member]
    ids = desk.rig.vault.ids
    hidden = (desk.hands.email("a@x"), desk.hands.thread("a@x"))
    unused = (ids.email(EmailKey(1 << 40)), ids.thread(desk.hands.thread_key("a@x").__class__(9_999)))
    asks: dict[str, Callable[[str, str], dict[str, object]]] = {
        "file": lambda email, _thread: {"email": email, "thread": None, "client": None, "always": False},
        "mark": lambda email, _thread: {"emails": (email,), "read": True, "starred": None},
        "archive": lambda email, _thread: {"emails": (email,)},
        "delete": lambda email, _thread: {"emails": (email,)},
        "move": lambda email, _thread: {"emails": (email,), "folder": "INBOX"},
        "spam": lambda email, _thread: {"emails": (email,)},
        "unspam": lambda _email, thread: {"emails": (), "threads": (thread,)},
        "snooze": lambda _email, thread: {"thread": thread, "until": NOW + 9},
        "assign": lambda _email, thread: {"thread": thread, "member": None},
        "comment": lambda _email, thread: {"thread": thread, "text": "a word"},
        "done": lambda _email, thread: {"thread": thread},
        "reopen": lambda _email, thread: {"thread": thread},
    }
    for method, named in asks.items():
        told = [desk.hands.bytes_of(caller, method, **named(*pair)) for pair in (hidden, unused)]
        assert told[0] == told[1], method


def test_what_is_taken_is_gone_from_every_read_at_once(desk: Desk) -> None:
    desk.deliver(Letter(id="a@x", sender="eve@two.example", to=(CLARA,)), 0)
    reader = desk.readers.reader(desk.connection, desk.tom, NOW)
    email, thread = desk.hands.email("a@x"), desk.hands.thread("a@x")
    assert reader.email(EmailId(email), version=0).subject
    generation = reader.generation
    done = desk.hands.do(desk.rig.owner, "set_access", member="Tom", give=(), take=("Two",), rights=None)
    assert isinstance(done, Done)
    assert reader.generation > generation
    for ask in (
        lambda: reader.email(EmailId(email), version=0),
        lambda: reader.thread(thread),  # type: ignore[arg-type] # an id's text
        lambda: reader.raw(EmailId(email)),
        lambda: reader.why(EmailId(email)),
        lambda: reader.client("Two"),
        lambda: reader.threads(ThreadQuery(client=desk.rig.vault.ids.client(ClientKey(desk.two))), offset=0, limit=9),
    ):
        with pytest.raises(NotFound):
            ask()
    assert reader.search("", limit=9, before=None) == ()


def test_the_journal_is_for_owner_and_admins_and_names_no_key(desk: Desk) -> None:
    desk.deliver(Letter(id="a@x", to=(CLARA,)), 0)
    desk.hands.do(desk.clara, "done", thread=desk.hands.thread("a@x"))
    page = desk.readers.reader(desk.connection, desk.rig.owner, NOW).journal(verify=True, after=0, limit=1000)
    assert page.broken is None
    assert page.head == page.entries[-1].hash
    assert page.entries[-1].member == desk.rig.vault.ids.member(desk.clara)
    assert all(not part.isdigit() for part in page.entries[-1].object.split())
    with pytest.raises(DeskError, match="not_allowed"):
        desk.readers.reader(desk.connection, desk.clara, NOW).journal(verify=False, after=0, limit=10)


def test_bodies_are_shown_as_they_come(desk: Desk) -> None:
    box = MailboxKey(2)
    assert desk.folders[1].mailbox == box
    letter = Letter(id="a@x", sender="zoe@nowhere.example", to=(TOM,), text="Dear Tom,\n\n> old words\n")
    desk.deliver(letter, 1, whole=False)
    reader = desk.readers.reader(desk.connection, desk.tom, NOW)
    email = EmailId(desk.hands.email("a@x"))
    before = reader.email(email, version=0)
    assert (before.whole, before.text, before.warnings) == (False, "", ("body_missing",))
    desk.folders[1].deposit(letter.seen(1))
    after = reader.email(email, version=0)
    assert (after.whole, after.text) == (True, letter.text)
    assert [block.kind for block in after.blocks] == ["text", "quote"]
    assert after.versions == 1
