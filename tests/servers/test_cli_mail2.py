"""Commands on threads, attachments and first clients, in an office that syncs a Dovecot."""

import hashlib
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.support.cli import Cli, Row, Seat, set_up
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.imap import OtherProgram
from tests.support.many import in_terminal

pytestmark = pytest.mark.dovecot

OWNER = Seat(member="", address="iris@firm.example", user="user1")
TOM = Seat(member="Tom", address="tom@firm.example", user="user2")
CLIENT, CLIENT_ADDRESS = "Olmo Bakery", "ana@olmo.example"
DEED = b"%PDF-1.4 \x1b]0;deed\x07 of sale\n" * 20_000
POOL = 8


def letter(token: str, *, sender: str, to: str, minute: int = 0, file: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, f"About {token}"
    message["Message-ID"] = f"<{token}@made-up.example>"
    message["Date"] = format_datetime(datetime(2026, 3, 2, 10, minute, tzinfo=UTC))
    message.set_content(f"Body of {token}")
    if file:
        message.add_attachment(DEED, maintype="application", subtype="pdf", filename=file)
    return message.as_bytes()


@dataclass(slots=True, kw_only=True)
class Office:
    """A synced firm of two; each test takes mails that no other test touches."""

    cli: Cli
    tom: Cli
    owner: str
    server: Dovecot
    tokens: list[str]

    def row(self, token: str, *, seat: Cli | None = None) -> Row:
        (found,) = (seat or self.cli).rows("search", f"subject:{token}")
        return found

    def email(self, token: str) -> str:
        return str(self.row(token)["email"])

    def thread(self, token: str) -> str:
        return str(self.row(token)["thread"])

    def threads(self, view: str, *, seat: Cli | None = None) -> set[str]:
        return {row["thread"] for row in (seat or self.cli).rows("threads", "--view", view)}

    def folder(self, token: str) -> str | None:
        """Where the server holds it; None if nowhere."""
        with OtherProgram(self.server, "user1") as other:
            return next((name for name in other.folders() if token in other.tokens(name)), None)


@pytest.fixture(scope="module")
def office(dovecot: DovecotFactory) -> Iterator[Office]:
    server = dovecot(users=2)
    tokens = [f"c{n:03d}" for n in range(POOL)]
    for token in tokens:
        server.deliver("user1", letter(token, sender=CLIENT_ADDRESS, to=OWNER.address))
    server.deliver("user1", letter("deed", sender=CLIENT_ADDRESS, to=OWNER.address, file="../deed\u202e of sale.pdf"))
    for number, person in enumerate(("Lea Lind <lea@lind-optik.example>", "Max Moos <max@lind-optik.example>")):
        server.deliver("user1", letter(f"lind{number}", sender=person, to=OWNER.address, minute=number))
        server.deliver("user1", letter(f"to{number}", sender=OWNER.address, to=person, minute=9), "Sent")
    server.deliver("user1", letter("friend", sender="Fay Friend <fay@gmail.com>", to=OWNER.address))
    server.deliver("user1", letter("tofriend", sender=OWNER.address, to="fay@gmail.com"), "Sent")
    home = short_folder()
    with Cli(home, inside=True) as cli:
        owner = set_up(cli, server, [OWNER, TOM], {CLIENT: (CLIENT_ADDRESS,)})
        for seat in (cli, cli.as_(TOM.member)):
            seat.one("sync", "--wait")
        yield Office(cli=cli, tom=cli.as_(TOM.member), owner=owner, server=server, tokens=tokens)
    shutil.rmtree(home)


# ---------------------------------------------------------------- threads
def test_a_comment_is_kept_and_tells_whom_it_names(office: Office) -> None:
    token = office.tokens.pop()
    thread = office.thread(token)
    done = office.cli.one("comment", thread, stdin="@Tom can you call them?\nIt is urgent. ñ\n")
    assert (done["done"], done["undo"]) == (True, "comment")
    (told,) = [row for row in office.tom.rows("notices") if row["kind"] == "mentioned"]
    assert told["thread"] == office.row(token, seat=office.tom)["thread"]
    assert office.cli.one("undo")["undo"] == "comment"
    for text in ("", "  \n"):
        assert office.cli.refused("comment", thread, code=2, stdin=text)["code"] == "bad_value"
    assert office.cli.refused("comment", thread, code=2, stdin="x" * 70_000)["code"] == "too_long"
    assert office.cli.refused("comment", "nothing", code=3, stdin="x")["code"] == "not_found"


def test_a_thread_is_given_and_taken(office: Office) -> None:
    thread = office.thread(office.tokens.pop())
    assert office.cli.one("assign", thread, "tom")["undo"] == "assign"
    assert thread in office.threads("assigned", seat=office.tom)
    assert [row["assigned"] for row in office.cli.rows("threads") if row["thread"] == thread] == ["Tom"]
    for nobody in ("-", "--nobody"):
        office.cli.one("assign", thread, "Tom")
        assert office.cli.one("assign", thread, nobody)["done"]
        assert thread not in office.threads("assigned", seat=office.tom)
    assert office.cli.refused("assign", thread, "Ned", code=3)["code"] == "not_found"
    wrong: tuple[tuple[str, ...], ...] = ((), ("Tom", "--nobody"))
    for words in wrong:
        assert office.cli.refused("assign", thread, *words, code=2)["code"] == "bad_value"


@pytest.mark.parametrize(
    ("until", "told"),
    [("2030-01-31T09:00:00+01:00", "2030-01-31T08:00:00Z"), ("2030-01-31", "2030-01-31T08:00:00Z"), ("mañana", None)],
)
def test_a_thread_is_put_off_and_brought_back(office: Office, until: str, told: str | None) -> None:
    thread = office.thread(office.tokens[0])
    done = office.cli.one("snooze", thread, "--until", until)
    assert (done["done"], done["undo"]) == (True, "snooze")
    assert told is None or done["until"] == told
    assert thread in office.threads("snoozed")
    assert thread not in office.threads("inbox")
    assert thread in office.threads("inbox", seat=office.tom)
    back = office.cli.one("snooze", thread, "--until", "none")
    assert (back["done"], back["until"]) == (True, None)
    assert thread in office.threads("inbox")


@pytest.mark.parametrize("until", ["yesterday", "2020-01-01", "soon", ""])
def test_no_moment_to_come_is_no_until(office: Office, until: str) -> None:
    assert office.cli.refused("snooze", office.thread("c000"), "--until", until, code=2)["code"] == "bad_value"


def test_spam_and_back(office: Office) -> None:
    token = office.tokens.pop()
    email = office.email(token)
    assert office.cli.one("spam", email)["affected"] == 1
    office.cli.until(lambda: office.folder(token) == "Junk", what=f"{token} in Junk")
    office.cli.one("undo")
    office.cli.until(lambda: office.folder(token) == "INBOX", what=f"{token} back")


# ---------------------------------------------------------------- attachments
def test_an_attachment_becomes_a_file(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    email = office.email("deed")
    (part,) = office.cli.one("show", email)["attachments"]
    saved = office.cli.one("attachment", "save", email, str(part["n"]))
    path = Path(saved["file"])
    assert path.parent == tmp_path
    assert not {"/", "\u202e"} & set(path.name)
    assert path.name[0] not in ".-"
    assert path.read_bytes() == DEED
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (saved["size"], saved["sha256"]) == (len(DEED), hashlib.sha256(DEED).hexdigest())
    assert part["sha256"] == saved["sha256"]
    path.write_text("mine")
    refused = office.cli.refused("attachment", "save", email, str(part["n"]), code=1)
    assert refused["code"] == "file_exists"
    assert path.read_text() == "mine"
    link = tmp_path / "link.pdf"
    link.symlink_to(tmp_path / "elsewhere.pdf")
    assert office.cli.refused("attachment", "save", email, str(part["n"]), str(link), code=1)["code"] == "file_exists"
    assert not (tmp_path / "elsewhere.pdf").exists()
    (tmp_path / "into").mkdir()
    assert office.cli.one("attachment", "save", email, str(part["n"]), "into")["file"] == str(
        tmp_path / "into" / path.name
    )
    assert office.cli.refused("attachment", "save", email, str(part["n"]), "no/x.pdf", code=2)["code"] == "cannot_write"


def test_an_attachment_goes_to_standard_output_but_to_no_terminal(office: Office, tmp_path: Path) -> None:
    email = office.email("deed")
    n = str(office.cli.one("show", email)["attachments"][0]["n"])
    assert office.cli.call("attachment", "save", email, n, "-").out.encode() == DEED
    assert office.cli.refused("attachment", "save", email, n, "-", code=2)["code"] == "bad_value"
    words = ["attachment", "save", email, n, "-"]
    assert b"\x1b]0;deed" not in in_terminal([words], env=office.cli.env, scratch=tmp_path)
    assert b"\x1b]0;deed" in in_terminal([[*words, "--force"]], env=office.cli.env, scratch=tmp_path)


def test_there_is_no_such_attachment(office: Office, tmp_path: Path) -> None:
    email = office.email("deed")
    for n, code, name in (("9", 3, "not_found"), ("0", 2, "bad_value")):
        where = str(tmp_path / "x")
        assert office.cli.refused("attachment", "save", email, n, where, code=code)["code"] == name
    assert office.cli.refused("attachment", "save", "nothing", "1", code=3)["code"] == "not_found"
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- first clients
def test_clients_are_suggested_and_made_of_a_sender(office: Office) -> None:
    lind, friend = office.cli.rows("client", "suggest")
    assert (lind["name"], lind["domain"], lind["emails"]) == ("Lind Optik", "lind-optik.example", 4)
    lea, max_ = lind["addresses"]
    assert (lea["address"], lea["name"], lea["sent"], lea["received"]) == ("lea@lind-optik.example", "Lea Lind", 1, 1)
    assert (max_["address"], lind["last"]) == ("max@lind-optik.example", max(lea["last"], max_["last"]))
    assert datetime.fromisoformat(lind["last"]).tzinfo == UTC
    assert (friend["name"], friend["domain"]) == ("Fay Friend", "gmail.com")
    assert office.tom.rows("client", "suggest") == []
    assert len(office.cli.rows("client", "suggest", "--limit", "1")) == 1
    human = office.cli.call("client", "suggest").out
    assert "Lind Optik" in human
    assert "fay@gmail.com" in human

    made = office.cli.one("client", "from", office.email("lind0"), "--name", "Lind & Co", "--id", "once")
    assert (made["name"], made["emails"], made["undo"], made["affected"]) == ("Lind & Co", 2, "client_from", 2)
    assert office.cli.one("client", "from", office.email("lind0"), "--name", "Lind & Co", "--id", "once") == made
    assert office.row("lind0")["clients"] == ["Lind & Co"]
    added = office.cli.one("client", "from", office.email("lind1"), "--client", "lind & co")
    assert (added["name"], added["emails"]) == ("Lind & Co", 2)
    assert [row["name"] for row in office.cli.rows("client", "suggest")] == ["Fay Friend"]
    assert office.cli.one("undo")["undo"] == "client_from"
    assert office.row("lind1")["clients"] == []
    assert office.cli.one("undo")["undo"] == "client_from"
    assert [row["name"] for row in office.cli.rows("client", "list")] == [CLIENT]


def test_who_becomes_no_client(office: Office) -> None:
    assert office.cli.refused("client", "from", office.email("to0"), code=2)["code"] == "sender_is_own"
    assert office.cli.refused("client", "from", "nothing", code=3)["code"] == "not_found"
    assert office.cli.call("client", "from", office.email("friend"), "--name", "A", "--client", "B").code == 2
    assert office.tom.refused("client", "from", office.email("friend"), code=3)["code"] == "not_found"
