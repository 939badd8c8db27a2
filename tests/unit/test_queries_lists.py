"""Lists that are kept: brought up to date they are the same as worked out anew; and what they are to single readers."""

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.desk.reading import Readers
from store.model.evidence import Kind
from store.model.firm import MemberRole
from store.model.ids import ClientKey, MemberKey, ThreadKey
from store.model.views import FolderRow, ThreadPage, ThreadQuery, View
from store.vault.ids import Ids
from tests.support.planted import SECRET, Planted, PlantedFiling
from tests.support.planted_worlds import DAY, NOW, OUTSIDE, OWN, World, worlds

IDS = Ids(SECRET)
Told = tuple[tuple[FolderRow, ...], list[ThreadPage]]


def told(world: World, member: MemberKey, readers: Readers, *, now: int = NOW) -> Told:
    """Everything that lists say to a member."""
    reader = readers.reader(world.planted.database, member, now)
    visible = [row.client.client for row in reader.folders() if row.client is not None]
    queries = [ThreadQuery(view=view) for view in View]
    queries += [ThreadQuery(client=client) for client in visible]
    queries += [ThreadQuery(client=client, view=View.INBOX) for client in visible]
    pages = [reader.threads(query, offset=0, limit=100) for query in queries]
    return reader.folders(), pages


@given(worlds(), st.data())
@settings(max_examples=40)
def test_a_kept_list_that_caught_up_is_the_list(world: World, data: st.DataObject) -> None:
    planted = world.planted
    threads = [ThreadKey(number) for number in range(1, 5)]
    for member in world.members:
        told(world, member, world.readers)
    for now in data.draw(st.lists(st.integers(NOW, NOW + 3), min_size=1, max_size=3).map(sorted)):
        changed = change(planted, data, threads, world.members)
        planted.finish(*changed)
        for member in world.members:
            assert told(world, member, world.readers, now=now) == told(world, member, Readers(), now=now)


def change(
    planted: Planted, data: st.DataObject, threads: list[ThreadKey], members: list[MemberKey]
) -> list[ThreadKey]:
    """Something happens; the threads that are announced."""
    kind = data.draw(st.sampled_from(("mail", "state", "done", "merge", "snooze", "assign", "leave")))
    if kind == "merge" and len(threads) > 1:
        source = threads.pop()
        planted.merge(source, threads[0])
        return [threads[0]]
    if kind == "mail" or not planted.emails:
        thread = data.draw(st.sampled_from(threads))
        planted.email(
            *(box for box in (1, 2, 3) if data.draw(st.booleans())),  # type: ignore[arg-type] # keys of mailboxes
            thread=thread,
            filings=[PlantedFiling(ClientKey(data.draw(st.integers(1, 3))), ambiguous=data.draw(st.booleans()))],
            from_=data.draw(st.sampled_from((*OUTSIDE, *OWN))),
            to=[data.draw(st.sampled_from(OWN))],
            cc=[data.draw(st.sampled_from(OWN))],
        )
        return [thread]
    mail = data.draw(st.sampled_from(planted.emails))
    member = data.draw(st.sampled_from(members))
    if kind == "snooze":
        planted.snooze(member, mail, NOW + data.draw(st.integers(0, 2)))
    elif kind == "assign":
        planted.assign(mail, data.draw(st.sampled_from((None, *members))))
    elif kind == "leave":
        for box in mail.boxes:
            planted.leave(mail, box, NOW - data.draw(st.integers(0, 40)) * DAY)
    elif kind == "done":
        if mail.key not in planted.marks:
            planted.done(member, mail)
    else:
        planted.say(member, mail, unread=data.draw(st.booleans()), starred=data.draw(st.booleans()))
    return [mail.thread]


def test_more_changes_than_are_worth_following_begin_anew() -> None:
    planted = Planted.at()
    owner = planted.member("Olga", MemberRole.OWNER)
    box = planted.mailbox("olga@firm.example", owner)
    readers = Readers()
    reader = readers.reader(planted.database, owner, NOW)
    assert reader.threads(ThreadQuery(), offset=0, limit=10).total == 0
    threads = [planted.thread() for _ in range(600)]
    for thread in threads:
        planted.email(box, thread=thread)
    planted.finish(*threads)
    page = reader.threads(ThreadQuery(), offset=590, limit=200)
    assert page.total == 600
    assert [row.thread for row in page.rows] == [IDS.thread(thread) for thread in threads[9::-1]]


class Firm:
    """Two members with a mailbox each, one client."""

    def __init__(self) -> None:
        self.planted = Planted.at()
        self.client = self.planted.client("Byron")
        self.olga = self.planted.member("Olga", MemberRole.OWNER)
        self.emil = self.planted.member("Emil", clients=(self.client,))
        self.olgas = self.planted.mailbox("olga@firm.example", self.olga)
        self.emils = self.planted.mailbox("emil@firm.example", self.emil)
        self.readers = Readers()

    def page(self, member: MemberKey, query: ThreadQuery, *, now: int = NOW) -> ThreadPage:
        return self.readers.reader(self.planted.database, member, now).threads(query, offset=0, limit=100)

    def folder(self, member: MemberKey, view: View | None = None) -> FolderRow:
        """A view's line, or the client's."""
        rows = self.readers.reader(self.planted.database, member, NOW).folders()
        return next(row for row in rows if row.view is view)


def test_who_is_only_in_cc_beside_a_colleague_has_nothing_to_answer() -> None:
    firm = Firm()
    firm.planted.email(
        firm.olgas, firm.emils, filings=[firm.client], to=("olga@firm.example",), cc=("emil@firm.example",)
    )
    firm.planted.finish()
    inbox = ThreadQuery(view=View.INBOX)
    assert firm.page(firm.olga, inbox).total == 1
    assert firm.page(firm.emil, inbox).total == 0
    assert firm.folder(firm.emil, View.INBOX).to_answer == 0
    assert firm.folder(firm.emil).to_answer == 0
    assert firm.folder(firm.olga).to_answer == 1
    assert firm.page(firm.emil, ThreadQuery()).total == 1


def test_who_is_in_cc_without_a_colleague_answers() -> None:
    firm = Firm()
    firm.planted.email(firm.emils, filings=[firm.client], to=("bea@blum.example",), cc=("emil@firm.example",))
    firm.planted.finish()
    assert firm.page(firm.emil, ThreadQuery(view=View.INBOX)).total == 1


def test_who_was_in_cc_answers_what_then_came_to_them() -> None:
    firm = Firm()
    thread = firm.planted.thread()
    for to, cc in (("olga@firm.example", "emil@firm.example"), ("emil@firm.example", "olga@firm.example")):
        firm.planted.email(firm.olgas, firm.emils, thread=thread, filings=[firm.client], to=(to,), cc=(cc,))
    firm.planted.finish()
    assert firm.page(firm.emil, ThreadQuery(view=View.INBOX)).total == 1
    assert firm.page(firm.olga, ThreadQuery(view=View.INBOX)).total == 0


def test_a_thread_is_to_each_reader_what_they_see_of_it() -> None:
    firm = Firm()
    thread = firm.planted.thread()
    firm.planted.email(firm.olgas, thread=thread, filings=[firm.client], from_="ada@byron.example")
    firm.planted.email(firm.olgas, thread=thread, from_="olga@firm.example", to=("bea@blum.example",))
    firm.planted.finish()
    (to_olga,) = firm.page(firm.olga, ThreadQuery()).rows
    (to_emil,) = firm.page(firm.emil, ThreadQuery()).rows
    assert (to_olga.count, to_olga.state, to_olga.answered_by) == (2, "waiting", "Olga")
    assert (to_emil.count, to_emil.state, to_emil.answered_by) == (1, "to_answer", None)
    assert to_emil.at < to_olga.at


def test_a_filing_in_grace_shows_when_the_grace_is_over() -> None:
    firm = Firm()
    firm.planted.email(firm.olgas, filings=[PlantedFiling(firm.client, visible_from=NOW + 60)])
    firm.planted.finish()
    assert firm.page(firm.emil, ThreadQuery()).total == 0
    assert firm.page(firm.emil, ThreadQuery(), now=NOW + 59).total == 0
    assert firm.page(firm.emil, ThreadQuery(), now=NOW + 91).total == 1
    assert firm.page(firm.emil, ThreadQuery(client=IDS.client(firm.client)), now=NOW + 91).total == 1


def test_bulk_mail_is_quiet_and_a_done_thread_is_done() -> None:
    firm = Firm()
    firm.planted.email(firm.olgas, kind=Kind.BULK)
    firm.planted.done(firm.olga, firm.planted.email(firm.olgas))
    firm.planted.finish()
    states = [row.state for row in firm.page(firm.olga, ThreadQuery()).rows]
    assert states == ["done", "quiet"]
    assert firm.page(firm.olga, ThreadQuery(view=View.DONE)).total == 1


def test_a_list_of_another_member_is_never_given() -> None:
    firm = Firm()
    firm.planted.email(firm.olgas)
    firm.planted.finish()
    assert firm.page(firm.olga, ThreadQuery()).total == 1
    assert firm.page(firm.emil, ThreadQuery()).total == 0
