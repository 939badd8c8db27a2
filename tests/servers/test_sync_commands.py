"""What a mailbox's looks cost on the wire: commands counted by the rehearsal server, with and without extensions."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from pykka import ActorRef

from actors.base import Ground
from actors.mailbox.actor import MailboxActor
from actors.mailbox.door import MailboxDoor
from actors.messages import FolderStirred, OpenPass, SyncDone, SyncNow
from actors.switchboard import CLASSIFIER, DESK, FRONT, Switchboard, mailbox_name
from providers.imap.session import connect
from providers.protocols import Server
from providers.rehearsal import BARE, CAPABILITIES, Account, Rehearsal
from store.model.ids import MailboxKey
from store.model.mailbox import MailboxScope, MailboxSettings, ServerSettings
from tests.office.test_mailbox import LedgerDesk, mail
from tests.support.office import ManualTime

LOGIN = "ana"


class Unwatched:
    """A watch that sees nothing: the tests say when a folder stirs."""

    def cancel(self) -> None:
        return


@dataclass
class Office:
    """Mailbox actors by turns on one desk, and what they said to the server."""

    server: Rehearsal
    desk: LedgerDesk
    switchboard: Switchboard
    stack: ExitStack
    actor: ActorRef[MailboxActor] | None = None
    runs: int = 0
    syncs: int = 0

    def start(self) -> None:
        """The actor of a new run of the office."""
        self.stop()
        self.runs += 1
        settings = MailboxSettings(
            address="a@x.example",
            login=LOGIN,
            imap=ServerSettings(host=self.server.host, port=self.server.port, tls="none"),
            scope=MailboxScope.WHOLE,
        )
        to = Server(host=self.server.host, port=self.server.port, tls="none")
        door = MailboxDoor(
            mailbox=MailboxKey(1),
            settings=settings,
            incarnation=1,
            paused=False,
            connect=lambda: connect(to, LOGIN, "pass", timeout=10),
            watch=lambda *_: Unwatched(),
            jitter=lambda: 0.5,
            nonce=f"run{self.runs}",
        )
        ground = Ground(
            name=mailbox_name(1),
            generation=self.runs,
            switchboard=self.switchboard,
            clock=ManualTime(),
            died=lambda death: pytest.fail(repr(death)),
        )
        self.actor = MailboxActor.start(ground, door)
        self.stack.callback(self.stop)

    def stop(self) -> None:
        if self.actor is not None:
            self.actor.stop()
            self.actor = None

    def sync(self) -> list[str]:
        """A whole look; the commands that it cost."""
        before = len(self.server.heard)
        self.syncs += 1
        name = f"s{self.syncs}"
        self.switchboard.tell(mailbox_name(1), SyncNow(id=name))
        self.desk.wait(lambda desk: [one for one in desk.heard if isinstance(one, SyncDone) and one.id == name])
        assert next(one for one in self.desk.heard if isinstance(one, SyncDone) and one.id == name).code is None
        return verbs(self.server, before)

    def stirred(self, holds: Callable[[LedgerDesk], object]) -> list[str]:
        """The watch saw something in the inbox; the commands until that holds."""
        before = len(self.server.heard)
        self.switchboard.tell(mailbox_name(1), FolderStirred())
        self.desk.wait(holds)
        return verbs(self.server, before)


def verbs(server: Rehearsal, start: int) -> list[str]:
    """The commands since then, each with what it asks for by an extension."""
    extras = {"EXAMINE": "QRESYNC", "UID FETCH": "CHANGEDSINCE", "LIST": "STATUS"}
    found = []
    for heard in server.heard[start:]:
        extra = extras.get(heard.verb, "")
        found.append(f"{heard.verb} {extra}".strip() if extra.encode() in heard.line else heard.verb)
    return found


@pytest.fixture
def office() -> Iterator[Callable[..., Office]]:
    with ExitStack() as stack:

        def make(capabilities: frozenset[str] = CAPABILITIES, count: int = 40) -> Office:
            server = stack.enter_context(Rehearsal([Account(login=LOGIN, password="pass")], capabilities=capabilities))
            for number in range(1, count + 1):
                server.deliver(LOGIN, mail(number))
            server.deliver(LOGIN, mail(900), "Sent")
            server.deliver(LOGIN, mail(901), "Junk")
            switchboard = Switchboard()
            desk = LedgerDesk(switchboard)
            for name in (DESK, CLASSIFIER, FRONT):
                switchboard.connect(name, desk)
            made = Office(server, desk, switchboard, stack)
            made.start()
            made.sync()
            return made

        yield make


def without_sign_on(said: list[str]) -> list[str]:
    return [verb for verb in said if verb not in {"CAPABILITY", "AUTHENTICATE", "LOGIN", "ENABLE", "LOGOUT"}]


def test_a_second_start_with_nothing_new_costs_a_list_and_one_select(office: Callable[..., Office]) -> None:
    one = office()
    passes = len(one.desk.told(OpenPass))
    one.start()
    assert without_sign_on(one.sync()) == ["LIST STATUS", "EXAMINE QRESYNC"]
    assert len(one.desk.told(OpenPass)) == passes


def test_nothing_new_while_it_runs_costs_no_select_at_all(office: Callable[..., Office]) -> None:
    """The inbox is left open, and the server asked whether anything happened in it."""
    one = office()
    assert one.sync() == ["LIST STATUS", "EXAMINE QRESYNC"]
    assert one.sync() == ["LIST STATUS", "NOOP"]
    assert one.sync() == ["LIST STATUS", "NOOP"]


def test_new_mail_costs_one_select_and_its_fetches(office: Callable[..., Office]) -> None:
    one = office()
    one.sync()
    uid = one.server.deliver(LOGIN, mail(50))
    said = one.stirred(lambda desk: uid in desk.rows["INBOX"].whole)
    assert said[0] == "EXAMINE QRESYNC"
    assert set(said[1:]) == {"UID FETCH"}


def test_flags_and_expunges_of_another_program_cost_one_select(office: Callable[..., Office]) -> None:
    one = office()
    one.sync()
    one.server.flag(LOGIN, "INBOX", 7, ["\\Flagged"])
    one.server.expunge(LOGIN, "INBOX", [3, 4, 5, 9])
    one.server.expunge(LOGIN, "Sent", [1])
    look = ["LIST STATUS", "NOOP", "EXAMINE QRESYNC", "EXAMINE QRESYNC"]
    again = ["LIST STATUS", "EXAMINE QRESYNC"]  # what left the inbox may be in a folder that nobody watches
    assert one.sync() == [*look, *again]
    inbox, sent = one.desk.rows["INBOX"], one.desk.rows["Sent"]
    assert (inbox.gone, inbox.flags[7], sent.gone) == ({3, 4, 5, 9}, ("\\Flagged",), {1})
    assert inbox.whole == set(range(1, 41)) - {3, 4, 5, 9}
    assert one.sync() == ["LIST STATUS", "NOOP"]


@pytest.mark.parametrize(
    ("capabilities", "asked"),
    [
        (CAPABILITIES - {"QRESYNC"}, ["EXAMINE", "UID SEARCH", "UID FETCH CHANGEDSINCE"]),
        (CAPABILITIES - {"ENABLE"}, ["EXAMINE", "UID SEARCH", "UID FETCH CHANGEDSINCE"]),
        (CAPABILITIES - {"QRESYNC", "CONDSTORE"}, ["EXAMINE", "UID SEARCH", "UID FETCH"]),
        (BARE, ["EXAMINE", "UID SEARCH", "UID FETCH"]),
    ],
)
def test_a_server_that_can_less_is_asked_more(
    office: Callable[..., Office], capabilities: frozenset[str], asked: list[str]
) -> None:
    one = office(capabilities)
    one.server.flag(LOGIN, "INBOX", 7, ["\\Flagged"])
    one.server.expunge(LOGIN, "INBOX", [3])
    said = without_sign_on(one.sync())
    at = said.index("EXAMINE")
    assert said[at : at + 3] == asked
    inbox = one.desk.rows["INBOX"]
    assert (inbox.gone, inbox.flags[7]) == ({3}, ("\\Flagged",))


def test_without_extensions_only_folders_that_are_not_copied_can_be_passed_by(office: Callable[..., Office]) -> None:
    """Flags may have changed in the others, whatever STATUS says."""
    one = office(BARE)
    said = one.sync()
    assert said[0] == "LIST"
    assert (said.count("STATUS"), said.count("EXAMINE")) == (3, 3)
    assert len([line for line in one.server.commands("EXAMINE") if b"Junk" in line.line]) == 1


def test_mail_that_comes_between_the_list_and_the_look_is_not_missed(office: Callable[..., Office]) -> None:
    """What LIST said is not held against a folder that stirred since."""
    one = office()
    one.sync()
    uid = 0

    def before_the_answer(message: object) -> bool:
        nonlocal uid
        if type(message).__name__ == "DeclareFolders" and not uid:
            uid = one.server.deliver(LOGIN, mail(70))
            one.switchboard.tell(mailbox_name(1), FolderStirred())
        return False

    one.desk.silent = before_the_answer
    one.sync()
    assert uid in one.desk.rows["INBOX"].whole


def test_a_uidvalidity_of_its_own_is_looked_at_whole(office: Callable[..., Office]) -> None:
    one = office()
    one.server.expunge(LOGIN, "INBOX", range(1, 31))
    one.server.renew_uidvalidity(LOGIN)
    one.start()
    said = one.sync()
    assert "UID SEARCH" in said
    assert one.desk.rows["INBOX"].whole == set(range(1, 11))
