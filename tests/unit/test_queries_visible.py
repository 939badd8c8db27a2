"""What the SQL shows is what the rule allows, in every small firm: emails, contents, filings, lists, counts, search."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.model.errors import NotFound
from store.model.evidence import Verified
from store.model.ids import ClientKey, MemberKey, ThreadKey
from store.model.thread import StateEmail, ThreadState
from store.model.views import EmailRow, ThreadQuery, ThreadRow, View
from store.rules.permissions import visible
from store.rules.snooze import snoozed_until
from store.rules.thread_state import newest_counting, state
from store.vault.ids import Ids
from tests.support.planted import SECRET, PlantedContent, PlantedEmail
from tests.support.planted_worlds import DAY, NOW, OWN, World, worlds

IDS = Ids(SECRET)
MANY = settings(max_examples=40)
SOME = settings(max_examples=25)


class Oracle:
    """What one member is to see, by the rules, of everything in the world."""

    def __init__(self, world: World, member: MemberKey) -> None:
        self.world = world
        self.scope = world.scope(member)
        self.member = member
        self.mails = world.seen(member)

    def own(self, mail: PlantedEmail) -> bool:
        return not self.scope.mailboxes.isdisjoint(mail.boxes)

    def by_filing(self, mail: PlantedEmail) -> bool:
        facts = mail.facts()
        return visible(self.scope, type(facts)(filings=facts.filings, private=facts.private), now=NOW)

    def clients(self, mail: PlantedEmail) -> set[ClientKey]:
        return {
            f.client
            for f in mail.filings
            if self.scope.allows_client(f.client) and (f.visible_from <= NOW or self.own(mail))
        }

    def ambiguous(self, mail: PlantedEmail) -> bool:
        shown = self.clients(mail)
        return any(f.ambiguous and f.client in shown for f in mail.filings)

    def contents(self, mail: PlantedEmail) -> list[PlantedContent]:
        if self.by_filing(mail):
            return mail.contents
        held = {c.content for c in mail.copies if not c.gone and c.mailbox in self.scope.mailboxes}
        return [content for no, content in enumerate(mail.contents, 1) if no in held]

    def shown(self, mail: PlantedEmail) -> PlantedContent | None:
        known = self.contents(mail)
        return next((c for c in known if c.text is not None), known[0] if known else None)

    def left(self, mail: PlantedEmail) -> bool:
        """Of an email that no wall hides, the last own copy has left its server in the last thirty days."""
        mine = [copy for copy in mail.copies if copy.mailbox in self.scope.mailboxes]
        walled = any(filing.client in self.scope.walls for filing in mail.filings)
        lately = any(copy.gone and copy.gone_at >= NOW - 30 * DAY for copy in mine)
        return lately and all(copy.gone for copy in mine) and not walled

    def threads(self, such: Callable[[PlantedEmail], bool] = lambda _mail: True) -> list[ThreadKey]:
        """Those with such an email, by the newest of them."""
        return list(dict.fromkeys(mail.thread for mail in self.mails if such(mail)))

    def folder(self, client: ClientKey) -> list[ThreadKey]:
        return self.threads(lambda mail: client in self.clients(mail))

    def of(self, thread: ThreadKey) -> list[PlantedEmail]:
        return [mail for mail in self.mails if mail.thread == thread]

    def states(self, thread: ThreadKey) -> list[StateEmail]:
        return [mail.state_email() for mail in self.of(thread)]

    def state(self, thread: ThreadKey) -> ThreadState:
        marks = [self.world.planted.marks.get(mail.key) for mail in self.of(thread)]
        return state(self.states(thread), next((mark for mark in marks if mark is not None), None))

    def in_copy(self, thread: ThreadKey) -> bool:
        """[T2c]."""
        newest = newest_counting(self.states(thread))
        mail = next((mail for mail in self.of(thread) if newest is not None and mail.key == newest.email), None)
        if mail is None:
            return False
        mine = self.mine()
        to, cc = {p.address for p in mail.to}, {p.address for p in mail.cc}
        return not mine.isdisjoint(cc) and mine.isdisjoint(to) and not to.isdisjoint(OWN)

    def said(self, mail: PlantedEmail, what: str) -> bool:
        sql = f"SELECT {what} FROM member_states WHERE member = ? AND email = ?"  # noqa: S608 - a column
        return bool(self.world.planted.database.value(sql, (self.member, mail.key)))

    def sent(self, mail: PlantedEmail) -> bool:
        return mail.from_.address in self.mine() and mail.verified is not Verified.FAIL

    def mine(self) -> set[str]:
        return {address for address, box in zip(OWN, (1, 2, 3), strict=True) if box in self.scope.mailboxes}

    def snoozed(self, thread: ThreadKey) -> int | None:
        marks = [self.world.planted.snoozes.get((self.member, mail.key)) for mail in self.of(thread)]
        newest = next((mark for mark in marks if mark is not None), None)
        return snoozed_until(self.states(thread), newest, now=NOW)

    def assignee(self, thread: ThreadKey) -> MemberKey | None:
        given = self.world.planted.assignments
        return next((given[mail.key] for mail in self.of(thread) if mail.key in given), None)

    def view(self, view: View) -> list[ThreadKey]:
        """As [T2] to [T2c] say it."""
        lists: dict[View, Callable[[ThreadKey], bool]] = {
            View.ALL: lambda _thread: True,
            View.INBOX: lambda thread: self.is_to_answer(thread) and not self.in_copy(thread),
            View.CC: lambda thread: self.is_to_answer(thread) and self.in_copy(thread),
            View.WAITING: lambda thread: self.state(thread) is ThreadState.WAITING and self.snoozed(thread) is None,
            View.DONE: lambda thread: self.state(thread) is ThreadState.DONE,
            View.SNOOZED: lambda thread: self.snoozed(thread) is not None,
            View.ASSIGNED: lambda thread: (
                self.assignee(thread) == self.member and self.state(thread) is not ThreadState.DONE
            ),
        }
        if view in lists:
            return [thread for thread in self.threads() if lists[view](thread)]
        if view is View.DELETED:
            mails = sorted(self.world.planted.emails, key=lambda mail: mail.key, reverse=True)
            return list(dict.fromkeys(mail.thread for mail in mails if self.left(mail)))
        of_mail: dict[View, Callable[[PlantedEmail], bool]] = {
            View.UNFILED: lambda mail: self.own(mail) and not self.clients(mail),
            View.AMBIGUOUS: self.ambiguous,
            View.SENT: self.sent,
        }
        return self.threads(of_mail[view])

    def is_to_answer(self, thread: ThreadKey) -> bool:
        return self.state(thread) is ThreadState.TO_ANSWER and self.snoozed(thread) is None


def each(world: World) -> list[Oracle]:
    return [Oracle(world, member) for member in world.members]


@given(worlds())
@MANY
def test_every_email_is_found_by_those_who_see_it_and_nobody_else(world: World) -> None:
    for oracle in each(world):
        rows = world.reader(oracle.member).search("", limit=100, before=None)
        assert [row.email for row in rows] == [IDS.email(mail.key) for mail in oracle.mails]
        for row, mail in zip(rows, oracle.mails, strict=True):
            check_row(row, mail, oracle)


def check_row(row: EmailRow, mail: PlantedEmail, oracle: Oracle) -> None:
    """Each field tells only what this member may know."""
    shown = oracle.shown(mail)
    assert row.subject == (shown.subject if shown else "")
    assert row.whole == (shown is not None and shown.text is not None)
    assert {filing.client.client for filing in row.filings} == {IDS.client(c) for c in oracle.clients(mail)}
    assert row.thread_state is oracle.state(mail.thread)
    assert row.read is not oracle.said(mail, "unread")
    assert row.starred is oracle.said(mail, "starred")
    held = {copy.mailbox for copy in mail.copies if copy.mailbox in oracle.scope.mailboxes}
    assert set(row.mailboxes) == {OWN[box - 1] for box in held}


@given(worlds())
@MANY
def test_hidden_emails_and_threads_are_not_found(world: World) -> None:
    for oracle in each(world):
        reader = world.reader(oracle.member)
        seen = {mail.key for mail in oracle.mails}
        for mail in world.planted.emails:
            email, thread = IDS.email(mail.key), IDS.thread(mail.thread)
            if mail.key in seen:
                assert reader.email(email, version=0).versions == max(
                    1, len({c.subject for c in oracle.contents(mail)})
                )
                continue
            with pytest.raises(NotFound):
                reader.search("", limit=1, before=email)
            if oracle.left(mail):
                assert reader.email(email, version=0).email == email
                assert email in [row.email for row in reader.thread(thread)]
                continue
            for asked in (
                partial(reader.email, email, version=0),
                partial(reader.part, email, 1, version=0),
                partial(reader.why, email),
                partial(reader.raw, email),
                partial(reader.email_key, email),
            ):
                with pytest.raises(NotFound):
                    asked()
            if not oracle.of(mail.thread) and not any(
                oracle.left(one) for one in world.planted.emails if one.thread == mail.thread
            ):
                for of_thread in (reader.thread, reader.comments):
                    with pytest.raises(NotFound):
                        of_thread(thread)


@given(worlds())
@MANY
def test_lists_hold_what_is_seen_in_its_order_and_state(world: World) -> None:
    for oracle in each(world):
        reader = world.reader(oracle.member)
        for view in View:
            page = reader.threads(ThreadQuery(view=view), offset=0, limit=100)
            wanted = oracle.view(view)
            assert [row.thread for row in page.rows] == [IDS.thread(thread) for thread in wanted], view
            assert page.total == len(wanted)
            if view is not View.DELETED:
                for row, thread in zip(page.rows, wanted, strict=True):
                    check_thread(row, oracle, thread)


def check_thread(row: ThreadRow, oracle: Oracle, thread: ThreadKey) -> None:
    """A row says of a thread what its reader sees of it."""
    mails = oracle.of(thread)
    newest, shown = mails[0], oracle.shown(mails[0])
    assert row.newest == IDS.email(newest.key)
    assert row.count == len(mails)
    assert row.subject == (shown.subject if shown else "")
    assert row.state is oracle.state(thread)
    assert row.people == tuple(dict.fromkeys(mail.from_.address for mail in mails if oracle.contents(mail)))[:4]
    assert {client.client for client in row.clients} == {IDS.client(c) for mail in mails for c in oracle.clients(mail)}
    assert row.ambiguous is any(oracle.ambiguous(mail) for mail in mails)
    assert row.unread is any(oracle.said(mail, "unread") for mail in mails)
    assert row.starred is any(oracle.said(mail, "starred") for mail in mails)
    assert row.snoozed_until == oracle.snoozed(thread)
    assignee = oracle.assignee(thread)
    assert row.assigned == (None if assignee is None else ("Olga", "Adam", "Emil", "Eva")[assignee - 1])
    assert row.comments == len([mail for mail in mails if mail.key in oracle.world.planted.commented])
    counting = newest_counting(oracle.states(thread))
    assert (row.answered_by is not None) is (counting is not None and counting.from_member)


@given(worlds())
@MANY
def test_client_folders_and_counts_agree_with_the_rule(world: World) -> None:
    for oracle in each(world):
        reader = world.reader(oracle.member)
        folders = {row.client.name: row for row in reader.folders() if row.client is not None}
        for client, name in ((ClientKey(1), "Arbor"), (ClientKey(2), "Birch"), (ClientKey(3), "Cedar")):
            if not oracle.scope.allows_client(client):
                assert name not in folders
                with pytest.raises(NotFound):
                    reader.threads(ThreadQuery(client=IDS.client(client)), offset=0, limit=9)
                with pytest.raises(NotFound):
                    reader.client(name)
                continue
            wanted = oracle.folder(client)
            page = reader.threads(ThreadQuery(client=IDS.client(client)), offset=0, limit=100)
            assert [row.thread for row in page.rows] == [IDS.thread(thread) for thread in wanted]
            folder = folders[name]
            assert folder.threads == len(wanted)
            answering = set(oracle.view(View.INBOX))
            assert folder.to_answer == len([thread for thread in wanted if thread in answering])
            assert folder.unread is any(oracle.said(mail, "unread") for t in wanted for mail in oracle.of(t))
            detail = reader.client(name)
            assert detail.emails == len([mail for mail in oracle.mails if client in oracle.clients(mail)])
            assert detail.threads == len(wanted)


@given(worlds(), st.sampled_from(("deed", "invoice", "muller", "lease")))
@SOME
def test_a_word_finds_only_contents_that_may_be_read(world: World, word: str) -> None:
    plain = word.replace("muller", "Müller")
    for oracle in each(world):
        rows = world.reader(oracle.member).search(word, limit=100, before=None)
        wanted = [
            mail
            for mail in oracle.mails
            if any(plain in f"{content.subject} {content.text}" for content in oracle.contents(mail))
        ]
        assert [row.email for row in rows] == [IDS.email(mail.key) for mail in wanted]
        page = world.reader(oracle.member).threads(ThreadQuery(text=word), offset=0, limit=100)
        threads = {mail.thread for mail in wanted}
        assert [row.thread for row in page.rows] == [IDS.thread(t) for t in oracle.threads() if t in threads]


@given(worlds(), st.integers(1, 5))
@SOME
def test_pages_of_a_search_join_to_the_whole(world: World, size: int) -> None:
    for oracle in each(world):
        reader = world.reader(oracle.member)
        found, before = [], None
        while rows := reader.search("", limit=size, before=before):
            found += [row.email for row in rows]
            before = rows[-1].email
        assert found == [IDS.email(mail.key) for mail in oracle.mails]
