"""Acts on mail by commands, seen on the server by another program; and what another program does, seen by commands."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage

import pytest

from tests.support.cli import Cli, Row, Seat, check_audit, set_up
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.imap import OtherProgram

pytestmark = pytest.mark.dovecot

OWNER = Seat(member="", address="iris@firm.example", user="user1")
TOM = Seat(member="Tom", address="tom@firm.example", user="user2")
CLIENT, CLIENT_ADDRESS = "Olmo Bakery", "ana@olmo.example"
OTHER = "Tilda Brandt"
STRANGER = "jo@elsewhere.example"
POOL = 16


def letter(token: str, *, sender: str, to: str, answers: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, f"About {token}"
    message["Message-ID"], message["Date"] = f"<{token}@made-up.example>", "Mon, 1 Jan 2024 10:00:00 +0000"
    if answers:
        message["In-Reply-To"] = f"<{answers}@made-up.example>"
    message.set_content(f"Body of {token}")
    return message.as_bytes()


@dataclass(slots=True, kw_only=True)
class Office:
    """A synced firm of two; each test takes mails that no other test touches."""

    cli: Cli
    tom: Cli
    server: Dovecot
    clients_mail: list[str] = field(default_factory=list)
    strangers_mail: list[str] = field(default_factory=list)

    def row(self, token: str, *, seat: Cli | None = None) -> Row:
        (found,) = (seat or self.cli).rows("search", f"subject:{token}")
        return found

    def email(self, token: str) -> str:
        return str(self.row(token)["email"])

    def folder(self, token: str) -> str | None:
        """Where the server holds it; None if nowhere."""
        with OtherProgram(self.server, "user1") as other:
            return next((name for name in other.folders() if token in other.tokens(name)), None)

    def flags(self, token: str) -> frozenset[str]:
        with OtherProgram(self.server, "user1") as other:
            for name in other.folders():
                if (uid := other.tokens(name).get(token)) is not None:
                    return other.flags(name)[uid]
        raise AssertionError(f"{token} is nowhere")

    def places(self, token: str) -> list[str]:
        return [x["folder"] for x in self.row(token)["sightings"] if not x["gone"]]

    def until_there(self, token: str, folder: str) -> None:
        self.cli.until(lambda: self.folder(token) == folder, what=f"{token} in {folder}")
        self.cli.until(lambda: self.places(token) == [folder], what=f"{token} told in {folder}")


@pytest.fixture(scope="module")
def office(dovecot: DovecotFactory) -> Iterator[Office]:
    server = dovecot(users=2)
    clients_mail = [f"c{n:03d}" for n in range(POOL)]
    strangers_mail = [f"s{n:03d}" for n in range(POOL)]
    for token in clients_mail:
        server.deliver("user1", letter(token, sender=CLIENT_ADDRESS, to=OWNER.address))
    for token in strangers_mail:
        server.deliver("user1", letter(token, sender=f"{token}.{STRANGER}", to=OWNER.address))
    server.deliver("user1", letter("projects", sender=STRANGER, to=OWNER.address), "Projects")
    home = short_folder()
    with Cli(home, inside=True) as cli:
        set_up(cli, server, [OWNER, TOM], {CLIENT: (CLIENT_ADDRESS,), OTHER: ("tilda@brandt.example",)})
        for seat in (cli, cli.as_(TOM.member)):
            seat.one("sync", "--wait")
        yield Office(
            cli=cli, tom=cli.as_(TOM.member), server=server, clients_mail=clients_mail, strangers_mail=strangers_mail
        )
    shutil.rmtree(home)


# ---------------------------------------------------------------- flags
@pytest.mark.parametrize(
    ("there", "back", "key", "flag"),
    [("--read", "--unread", "read", "\\Seen"), ("--star", "--unstar", "starred", "\\Flagged")],
)
def test_marks_are_carried_to_the_server_and_undone(office: Office, there: str, back: str, key: str, flag: str) -> None:
    token = office.clients_mail.pop()
    email = office.email(token)
    assert office.row(token)[key] is False
    marked = office.cli.one("mark", email, there)
    assert (marked["done"], marked["affected"]) == (True, 1)
    assert marked["undo"]
    assert office.row(token)[key] is True
    office.cli.until(lambda: flag in office.flags(token), what=f"{flag} on the server")
    assert office.cli.one("undo")["done"]
    assert office.row(token)[key] is False
    office.cli.until(lambda: flag not in office.flags(token), what=f"{flag} gone from the server")
    office.cli.one("mark", email, there)
    office.cli.one("mark", email, back)
    office.cli.until(lambda: flag not in office.flags(token), what=f"{flag} taken away")


def test_a_colleague_who_reads_changes_nothing_in_my_mailbox(office: Office) -> None:
    token = office.clients_mail.pop()
    email = office.email(token)
    office.tom.one("mark", email, "--read")
    assert office.row(token, seat=office.tom)["read"] is True
    office.cli.one("sync", "--wait")
    assert office.row(token)["read"] is False
    assert office.flags(token) == frozenset()


@pytest.mark.parametrize(("flag", "key"), [("\\Seen", "read"), ("\\Flagged", "starred")])
def test_flags_of_another_program_show_up(office: Office, flag: str, key: str) -> None:
    token = office.strangers_mail.pop()
    with OtherProgram(office.server, "user1") as other:
        uid = other.tokens("INBOX")[token]
        other.flag("INBOX", uid, "+", flag)
        office.cli.until(lambda: office.row(token)[key], what=f"{flag} to show by itself")
        other.flag("INBOX", uid, "-", flag)
        office.cli.until(lambda: not office.row(token)[key], what=f"{flag} to go by itself")


# ---------------------------------------------------------------- places
def test_archive_and_its_undo(office: Office) -> None:
    token = office.clients_mail.pop()
    done = office.cli.one("archive", office.email(token))
    assert (done["done"], done["affected"]) == (True, 1)
    office.until_there(token, "Archive")
    office.cli.one("undo")
    office.until_there(token, "INBOX")


def test_move_and_its_undo(office: Office) -> None:
    token = office.strangers_mail.pop()
    office.cli.one("move", office.email(token), "--to", "Projects")
    office.until_there(token, "Projects")
    office.cli.one("undo")
    office.until_there(token, "INBOX")


def test_delete_moves_to_the_trash_and_the_client_keeps_the_email(office: Office) -> None:
    token = office.clients_mail.pop()
    email = office.email(token)
    office.cli.one("delete", email)
    office.cli.until(lambda: office.folder(token) == "Trash", what=f"{token} in Trash")
    row = office.row(token, seat=office.tom)
    assert (row["email"], row["clients"]) == (email, [CLIENT])
    assert f"Body of {token}" in office.tom.one("show", email)["text"]
    office.cli.one("undo")
    office.until_there(token, "INBOX")


def test_several_at_once_are_one_act(office: Office) -> None:
    tokens = [office.strangers_mail.pop() for _ in range(3)]
    done = office.cli.one("archive", *map(office.email, tokens))
    assert done["affected"] == 3
    for token in tokens:
        office.until_there(token, "Archive")
    office.cli.one("undo")
    for token in tokens:
        office.until_there(token, "INBOX")


def test_a_folder_that_does_not_exist_is_refused(office: Office) -> None:
    token = office.strangers_mail.pop()
    error = office.cli.refused("move", office.email(token), "--to", "No such folder", code=2)
    assert error["code"] == "no_such_folder"
    assert office.folder(token) == "INBOX"


def test_nobody_moves_mail_in_a_colleagues_mailbox(office: Office) -> None:
    token = office.clients_mail.pop()
    email = office.email(token)
    for words in (["archive", email], ["delete", email], ["move", email, "--to", "Archive"]):
        told = office.tom.call(*words, "--json")
        assert told.code in {2, 4}, words
        assert told.error["code"] == "not_in_your_mailbox"
    office.cli.one("sync", "--wait")
    assert office.folder(token) == "INBOX"


def test_moves_and_removals_of_another_program_show_up(office: Office) -> None:
    moved, removed = office.clients_mail.pop(), office.clients_mail.pop()
    email = office.email(removed)
    with OtherProgram(office.server, "user1") as other:
        other.move("INBOX", other.tokens("INBOX")[moved], "Archive")
        other.expunge("INBOX", other.tokens("INBOX")[removed])
    office.cli.until(lambda: office.places(moved) == ["Archive"], what="the move to show")
    office.cli.until(lambda: office.places(removed) == [], what="the removal to show")
    row = office.row(removed)
    assert (row["email"], row["clients"]) == (email, [CLIENT]), "filed copies stay"
    assert [x["gone"] for x in row["sightings"]] == [True]
    check_audit(office.cli.rows("audit"))


# ---------------------------------------------------------------- filing by hand
def test_file_by_hand_and_undo(office: Office) -> None:
    token = office.strangers_mail.pop()
    email = office.email(token)
    assert office.row(token)["clients"] == []
    done = office.cli.one("file", email, CLIENT)
    assert (done["done"], done["affected"]) == (True, 1)
    assert office.row(token)["clients"] == [CLIENT]
    (filing,) = office.cli.one("why", email)["filings"]
    assert (filing["client"], filing["reason"], filing["rule"]) == (CLIENT, "by_hand", "email")
    assert filing["by"] == office.cli.rows("member", "list")[0]["name"]
    assert office.row(token, seat=office.tom)["clients"] == [CLIENT], "colleagues of the client see it"
    office.cli.one("undo")
    assert office.row(token)["clients"] == []
    assert office.tom.rows("search", f"subject:{token}") == []


def test_a_fix_by_hand_beats_the_address(office: Office) -> None:
    token = office.clients_mail.pop()
    email = office.email(token)
    office.cli.one("file", email, OTHER)
    assert office.row(token)["clients"] == [OTHER]
    why = office.cli.one("why", email)
    assert CLIENT in {x["client"] for x in why["alternatives"]}
    office.cli.one("sync", "--wait")
    assert office.row(token)["clients"] == [OTHER]
    office.cli.one("undo")
    assert office.row(token)["clients"] == [CLIENT]
    office.cli.one("file", email, "--nowhere")
    assert office.row(token)["clients"] == []
    office.cli.one("undo")
    assert [x["reason"] for x in office.row(token)["filing"]] == ["address"]


def test_always_for_a_sender_files_past_and_new_mail(office: Office) -> None:
    sender = "regular@somewhere.example"
    for token in ("w001", "w002"):
        office.server.deliver("user1", letter(token, sender=sender, to=OWNER.address))
    office.cli.one("sync", "--wait")
    done = office.cli.one("file", office.email("w001"), CLIENT, "--always")
    assert done["affected"] == 2
    office.server.deliver("user1", letter("w003", sender=sender, to=OWNER.address))
    office.cli.one("sync", "--wait")
    for token in ("w001", "w002", "w003"):
        assert office.row(token)["clients"] == [CLIENT]
    assert office.cli.one("why", office.email("w003"))["filings"][0]["rule"] == "always"
    office.cli.one("undo")
    assert [office.row(token)["clients"] for token in ("w001", "w002", "w003")] == [[], [], []]


def test_a_thread_filed_by_hand_and_the_answer_that_follows(office: Office) -> None:
    office.server.deliver("user1", letter("t001", sender=STRANGER, to=OWNER.address))
    office.server.deliver("user1", letter("t002", sender=STRANGER, to=OWNER.address, answers="t001"))
    office.cli.one("sync", "--wait")
    thread = office.row("t001")["thread"]
    assert office.row("t002")["thread"] == thread
    assert office.cli.one("file", "--thread", thread, CLIENT)["affected"] == 2
    office.server.deliver("user1", letter("t003", sender=STRANGER, to=OWNER.address, answers="t002"))
    office.cli.one("sync", "--wait")
    assert [office.row(token)["clients"] for token in ("t001", "t002", "t003")] == [[CLIENT]] * 3
    assert office.cli.one("why", office.email("t003"))["filings"][0]["rule"] == "thread"
    office.cli.one("undo")
    assert [office.row(token)["clients"] for token in ("t001", "t002", "t003")] == [[], [], []]


# ---------------------------------------------------------------- threads
def test_done_reopen_and_undo(office: Office) -> None:
    token = office.clients_mail.pop()
    thread = office.row(token)["thread"]

    def state() -> str:
        return str(office.row(token)["thread_state"])

    assert state() == "to_answer"
    assert office.cli.one("done", thread)["done"]
    assert state() == "done"
    assert thread in {row["thread"] for row in office.cli.rows("threads", "--view", "done")}
    office.cli.one("undo")
    assert state() == "to_answer"
    office.cli.one("done", thread)
    office.cli.one("reopen", thread)
    assert state() == "to_answer"


def test_new_mail_appears_by_itself_and_reopens_its_thread(office: Office) -> None:
    token = office.clients_mail.pop()
    thread = office.row(token)["thread"]
    office.cli.one("done", thread)
    office.server.deliver("user1", letter("new001", sender=CLIENT_ADDRESS, to=OWNER.address, answers=token))
    office.cli.until(lambda: office.cli.rows("search", "subject:new001"), what="new mail", seconds=15)
    (row,) = [row for row in office.cli.rows("threads", "--client", CLIENT) if row["thread"] == thread]
    assert row["state"] == "to_answer"
    assert [x["message_id"] for x in row["emails"]] == [f"<{token}@made-up.example>", "<new001@made-up.example>"]
    assert set(row["emails"][0]) == {"email", "message_id", "from", "date", "received", "mailboxes"}


def test_new_client_mail_is_told_once(office: Office) -> None:
    office.server.deliver("user1", letter("told001", sender=CLIENT_ADDRESS, to=OWNER.address))
    office.server.deliver("user1", letter("told001", sender=CLIENT_ADDRESS, to=OWNER.address), "Projects")
    office.cli.until(lambda: office.cli.rows("search", "subject:told001"), what="new mail")
    office.cli.one("sync", "--wait")
    email = office.email("told001")
    told = [row for row in office.cli.rows("notices", "--all") if row["email"] == email]
    assert [(row["kind"], row["client"]) for row in told] == [("client_wrote", CLIENT)]
    assert {"notice", "kind", "client", "thread", "at", "seen_by", "channels"} <= set(told[0])
    assert office.cli.one("notices", "archive", told[0]["notice"])["done"]
    assert email not in {row["email"] for row in office.cli.rows("notices")}
    assert email in {row["email"] for row in office.cli.rows("notices", "--all")}


# ---------------------------------------------------------------- repeats and conflicts
def test_a_repeat_with_the_same_key_gets_the_first_answer(office: Office) -> None:
    token = office.strangers_mail.pop()
    email = office.email(token)
    first = office.cli.one("file", email, CLIENT, "--id", "k1")
    office.cli.one("file", email, "--nowhere")
    assert office.cli.one("file", email, CLIENT, "--id", "k1") == first
    assert office.row(token)["clients"] == [], "a repeat does nothing"
    made = office.cli.one("client", "add", "Once Only", "--id", "k2")
    assert office.cli.one("client", "add", "Once Only", "--id", "k2")["client"] == made["client"]
    assert office.cli.refused("client", "add", "Once Only", code=2)["code"] == "name_taken"


def test_an_undo_that_somebody_else_overtook_does_nothing(office: Office) -> None:
    token = office.clients_mail.pop()
    email = office.email(token)
    office.cli.one("file", email, OTHER)
    office.tom.one("file", email, "--nowhere")
    error = office.cli.refused("undo", code=1)
    assert error["code"] == "undo_changed"
    assert office.row(token)["clients"] == []


def test_there_is_nothing_to_undo_for_whoever_did_nothing(office: Office) -> None:
    office.cli.one("member", "add", "Idle", "--role", "admin")
    assert office.cli.as_("Idle").refused("undo", code=2)["code"] == "nothing_to_undo"
