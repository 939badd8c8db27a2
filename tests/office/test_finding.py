"""Mail of an address that may be a client's now: what the server names is fetched first, and new mail does not wait."""

import pytest

from actors.mailbox.chunks import FIRST, Chunks
from actors.messages import Classify, FolderStirred, SeekAddresses
from actors.switchboard import mailbox_name
from providers.errors import Refused
from providers.protocols import Capabilities
from store.model.ids import DepositId
from store.model.mailbox import MailboxScope
from store.model.uidset import UidSet
from store.rules.sync_steps import Known, Wants
from tests.office.test_mailbox import Make, Post, post
from tests.support.scripted import ScriptedMailbox

__all__ = ["post"]  # the fixture

LEE = "lee@later.example"
NOW = 1_700_000_000
DAY = 86_400


def letter(n: int, sender: str) -> bytes:
    return f"From: <{sender}>\r\nTo: a@x.example\r\nMessage-ID: <m{n}@x>\r\nSubject: s\r\n\r\nbody\r\n".encode()


def filled(
    count: int, *, lees: tuple[int, ...], folder: str = "INBOX", server: ScriptedMailbox | None = None
) -> ScriptedMailbox:
    made = server or ScriptedMailbox()
    for n in range(1, count + 1):
        sender = LEE if n in lees else "zoe@home.example"
        made.deliver(folder, letter(n, sender), internaldate=NOW - (count - n) * 60)
    return made


def seek(one: Post, *addresses: str) -> None:
    one.switchboard.tell(mailbox_name(1), SeekAddresses(addresses=addresses or (LEE,)))


def fetched(one: Post) -> list[list[int]]:
    """The UIDs as they were handed over."""
    told = [message for message in one.desk.told(Classify) if isinstance(message, Classify)]
    return [sorted(copy.uid for copy in message.copies) for message in told]


@pytest.mark.parametrize("scope", list(MailboxScope))
@pytest.mark.parametrize("capabilities", [None, Capabilities()], ids=["all", "bare"])
def test_what_the_server_names_is_fetched_before_the_newest(
    post: Make, scope: MailboxScope, capabilities: Capabilities | None
) -> None:
    server = ScriptedMailbox() if capabilities is None else ScriptedMailbox(capabilities=capabilities)
    one = post(filled(900, lees=(3, 4, 700), server=server), scope=scope)
    seek(one)
    one.sync()
    batches = fetched(one)
    assert batches[0] == [3, 4, 700]
    assert batches[1][-1] == 900, "then the newest as ever"
    assert sorted(uid for batch in batches for uid in batch) == list(range(1, 901))


def test_it_is_asked_once_of_each_folder_that_is_copied(post: Make) -> None:
    server = filled(300, lees=(1,))
    one = post(filled(300, lees=(2,), folder="Archive", server=server))
    seek(one)
    seek(one)
    one.sync()
    copied = [folder for folder in server.folders.values() if folder.special_use not in ("junk", "trash", "drafts")]
    assert server.calls["search_address"] == len(copied)
    one.sync("again")
    assert server.calls["search_address"] == len(copied)


def test_where_everything_was_read_nothing_is_asked(post: Make) -> None:
    one = post(filled(60, lees=(1,)))
    one.sync()
    seek(one)
    one.sync("again")
    assert one.mailbox.calls["search_address"] == 0


def test_a_server_that_does_not_look_for_it_loses_nothing(post: Make) -> None:
    server = filled(300, lees=(1,))
    server.fail("search_address", Refused("no"), times=99)
    one = post(server)
    seek(one)
    assert one.sync().code is None
    assert one.desk.rows["INBOX"].whole == set(range(1, 301))


def test_what_is_older_than_the_history_is_not_brought_in(post: Make) -> None:
    server = ScriptedMailbox()
    for n in range(1, 101):
        server.deliver("INBOX", letter(n, LEE if n in (2, 90) else "zoe@home.example"), internaldate=NOW + n * DAY)
    one = post(server, since=NOW + 50 * DAY)
    seek(one)
    one.sync()
    assert fetched(one)[0] == [90]
    assert 2 in one.desk.rows["INBOX"].skipped


def test_a_link_made_while_a_folder_is_read_comes_before_what_is_left_of_it(post: Make) -> None:
    """The question waits for the fetches that are under way, and no more are begun before it."""
    server = filled(4000, lees=(1, 2))
    one = post(server)

    def once_it_reads(method: str) -> None:
        if method == "connect":
            one.gate.wait(20)
        if method == "fetch" and server.calls["fetch"] == 1:
            seek(one)

    server.before = once_it_reads
    one.sync()
    batches = fetched(one)
    place = next(number for number, batch in enumerate(batches) if 1 in batch)
    assert {1, 2} <= set(batches[place])
    assert sum(map(len, batches[:place])) < 2500
    assert sorted(uid for batch in batches for uid in batch) == list(range(1, 4001))


def test_new_mail_comes_between_two_questions(post: Make) -> None:
    """Thirty addresses for a mailbox with an unread folder: the mail that comes meanwhile need not wait for all."""
    server = filled(60, lees=())
    one = post(filled(2000, lees=(1,), folder="Archive", server=server))
    came_after: list[int] = []
    new = 0

    def meanwhile(method: str) -> None:
        nonlocal new
        if method == "connect":
            one.gate.wait(20)
        if method == "search_address" and server.calls["search_address"] == 3:
            new = server.deliver("INBOX", letter(5000, "new@client.example"), internaldate=NOW + 9)
            one.switchboard.tell(mailbox_name(1), FolderStirred())
        if new and not came_after and new in one.desk.rows["INBOX"].whole:
            came_after.append(server.calls["search_address"])

    server.before = meanwhile
    seek(one, *(f"p{n}@later.example" for n in range(30)))
    one.sync()
    assert new in one.desk.rows["INBOX"].whole
    assert came_after
    assert came_after[0] < 30


def test_what_comes_first_is_cut_by_ranges_however_many_a_server_claims() -> None:
    chunks = Chunks(Known(uidvalidity=1, pending=UidSet.parse("1:4294967295")), Wants())
    chunks.first = UidSet.parse("5,4294967290")
    first, second = (chunks.raise_next(DepositId(name)) for name in ("a", "b"))
    assert first == "5,4294967290"
    assert len(UidSet.parse(second)) > FIRST
    assert 4294967295 in UidSet.parse(second)
    assert 4294967290 not in UidSet.parse(second)
