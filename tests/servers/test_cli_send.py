"""Mail sent by commands through a real SMTP server: what goes out, is kept, is taken back, and is refused."""

import email
import email.policy
import imaplib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import pytest

from tests.support.cli import Cli, Row, Seat, set_up
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.smtp import ReceivedMail, Receiver

pytestmark = pytest.mark.dovecot

LARGE = 23 << 20  # bytes, of which base64 makes about what most servers take

OWNER = Seat(member="", address="iris@firm.example", user="user1")
ANA, STRANGER = "ana@olmo.example", "jo@elsewhere.example"
ASKS = (
    f"From: Ana Olmo <{ANA}>\r\nTo: iris@firm.example\r\nSubject: About the deed\r\n"
    "Message-ID: <asks@made-up.example>\r\n"
    "Date: Mon, 1 Jan 2024 10:00:00 +0000\r\n\r\nIs it ready?\r\n"
).encode()


@dataclass(slots=True, kw_only=True)
class Office:
    """A synced mailbox that can send."""

    cli: Cli
    server: Dovecot
    receiver: Receiver
    folder: Path

    def send(self, subject: str, *words: str, code: int = 0, text: str = "Signed.\n") -> Row:
        return self.cli.one("send", "--from", OWNER.address, "--subject", subject, *words, stdin=text, code=code)

    def refused(self, *words: str, code: int, text: str = "Signed.\n") -> Row:
        """And nothing is kept of it."""
        before = self.outbox()
        error = self.cli.refused("send", "--from", OWNER.address, *words, code=code, stdin=text)
        assert self.outbox() == before
        return error

    def outbox(self) -> list[Row]:
        return self.cli.rows("outbox", "list")

    def row(self, outbox: str) -> Row:
        (found,) = [row for row in self.outbox() if row["outbox_id"] == outbox]
        return found

    def until_sent(self, outbox: str) -> Row:
        self.cli.until(lambda: self.row(outbox)["state"] == "sent", what="the mail to be sent")
        return self.row(outbox)

    def received(self, subject: str) -> list[ReceivedMail]:
        return [mail for mail in self.receiver.mails if parsed(mail.raw)["Subject"] == subject]

    def in_sent(self, subject: str) -> int:
        """How many copies stand in the server's Sent folder."""
        with imaplib.IMAP4(self.server.host, self.server.port) as other:
            other.login(OWNER.user, self.server.password)
            other.select("Sent", readonly=True)
            _, found = other.search(None, "HEADER", "Subject", f'"{subject}"')
            return len(found[0].split())


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture(scope="module")
def office(dovecot: DovecotFactory) -> Iterator[Office]:
    server = dovecot(users=1)
    server.deliver("user1", ASKS)
    home = short_folder()
    with Receiver(tls="ssl", logins={"user1": server.password}) as receiver, Cli(home, inside=True) as cli:
        set_up(cli, server, [], {"Olmo Bakery": (ANA,)})
        both = home / "both.pem"
        both.write_text(server.cafile.read_text() + receiver.cafile.read_text())
        cli.one(
            "mailbox", "add", OWNER.address, "--imap", f"localhost:{server.tls_port}",
            "--smtp", f"localhost:{receiver.port}", "--login", OWNER.user, "--ca", str(both), "--tls", "ssl",
            "--password-stdin", "--history", "all", stdin=f"{server.password}\n",
        )  # fmt: skip
        cli.one("sync", "--wait")
        yield Office(cli=cli, server=server, receiver=receiver, folder=home)
    shutil.rmtree(home)


def test_a_mail_goes_out_with_its_files_and_is_filed(office: Office) -> None:
    file = office.folder / "The deed.pdf"
    file.write_bytes(b"%PDF-1.4\n" + b"x" * 600_000)
    told = office.send(
        "Sent whole", "--to", f"Ana Olmo <{ANA}>, {STRANGER}", "--cc", "c@x.example", "--bcc", "hid@x.example",
        "--attach", str(file), "--hold", "0",
    )  # fmt: skip
    assert (told["state"], told["send_at"], told["undo"]) == ("queued", None, None)
    row = office.until_sent(told["outbox_id"])
    assert {one["address"]: (one["role"], one["state"]) for one in row["recipients"]} == {
        ANA: ("to", "accepted"), STRANGER: ("to", "accepted"), "c@x.example": ("cc", "accepted"),
        "hid@x.example": ("bcc", "accepted"),
    }  # fmt: skip
    (mail,) = office.received("Sent whole")
    assert mail.recipients == (ANA, STRANGER, "c@x.example", "hid@x.example")
    message = parsed(mail.raw)
    assert message["Message-ID"] == told["message_id"]
    assert b"hid@x.example" not in mail.raw, "Bcc stands in the envelope alone"
    (part,) = message.iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("The deed.pdf", file.read_bytes())
    office.cli.until(lambda: office.in_sent("Sent whole") == 1, what="the copy in Sent")
    office.cli.one("sync", "--wait")
    (found,) = office.cli.rows("search", "subject:whole")
    assert found["clients"] == ["Olmo Bakery"]
    assert office.row(told["outbox_id"])["email"] == found["email"]
    assert office.in_sent("Sent whole") == 1


def test_a_large_file_does_not_fill_the_memory(office: Office) -> None:
    """It is attached, handed over, read, kept, put into Sent and seen there: never more than a few copies at a time,
    and none afterwards. The first one fills the database's cache, which has a limit of its own.
    """
    pid = office.cli.one("status")["office"]["pid"]
    before = memory(pid, "VmRSS")
    send_large(office, "A scan")
    rests = memory(pid, "VmRSS")
    assert rests - before < 3 * LARGE
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the most that it has had is counted anew
    send_large(office, "Another scan")
    assert memory(pid, "VmHWM") - rests < 4 * LARGE
    assert memory(pid, "VmRSS") - rests < LARGE


def send_large(office: Office, subject: str) -> None:
    """From the file to the copy in Sent, seen and read."""
    file = office.folder / "scan.bin"
    file.write_bytes(os.urandom(LARGE))
    told = office.send(subject, "--to", STRANGER, "--hold", "0", "--attach", str(file))
    office.until_sent(told["outbox_id"])
    office.cli.until(lambda: office.in_sent(subject) == 1, what="the copy in Sent")
    office.cli.one("sync", "--wait")


def memory(pid: int, name: str) -> int:
    """What a process has now (VmRSS), or the most that it has had (VmHWM)."""
    told = Path(f"/proc/{pid}/status").read_text()
    return int(told.partition(f"{name}:")[2].split()[0]) * 1024


def test_the_date_is_written_in_the_zone_of_who_sent_it(office: Office) -> None:
    words = ("send", "--from", OWNER.address, "--to", STRANGER, "--hold", "0", "--subject")
    for subject, zone, offset in (("Kathmandu", "Asia/Kathmandu", "+0545"), ("By its rule", "EST5", "-0500")):
        called = Cli(office.cli.home).call(*words, subject, stdin="Signed.\n", env={"TZ": zone})
        assert called.code == 0, called.err
        office.cli.until(partial(office.received, subject), what="the mail to arrive")
        (mail,) = office.received(subject)
        date = str(parsed(mail.raw)["Date"])
        assert date.endswith(offset)
        assert abs(parsedate_to_datetime(date).timestamp() - time.time()) < 120
        assert zone.encode() not in mail.raw


def test_an_answer_stands_in_the_thread_of_what_it_answers(office: Office) -> None:
    (asks,) = office.cli.rows("search", "from:ana subject:deed")
    told = office.cli.one("send", "--reply-to", asks["email"], "--hold", "0", stdin="It is ready.\n")
    office.until_sent(told["outbox_id"])
    (mail,) = office.received("Re: About the deed")
    message = parsed(mail.raw)
    assert (message["In-Reply-To"], message["References"]) == ("<asks@made-up.example>",) * 2
    assert (mail.recipients, message["From"].addresses[0].addr_spec) == ((ANA,), OWNER.address)
    office.cli.until(
        lambda: office.cli.rows("search", "from:ana subject:deed")[0]["thread_state"] == "waiting",
        what="the thread to wait for the client",
    )


def test_held_mail_is_taken_back(office: Office) -> None:
    told = office.send("Taken back", "--to", STRANGER, "--hold", "600")
    assert (told["state"], told["undo"]) == ("held", "send")
    assert office.cli.one("undo")["undo"] == "send"
    assert office.row(told["outbox_id"])["state"] == "draft"
    told = office.send("Cancelled", "--to", STRANGER, "--hold", "600")
    assert office.cli.one("outbox", "cancel", told["outbox_id"])["state"] == "cancelled"
    assert office.cli.refused("outbox", "retry", told["outbox_id"], code=1)["code"] == "outbox_state"
    assert office.cli.refused("outbox", "resolve", told["outbox_id"], "sent", code=1)["code"] == "outbox_state"
    assert office.received("Taken back") == office.received("Cancelled") == []


def test_a_repeat_sends_nothing_again(office: Office) -> None:
    file = office.folder / "note.txt"
    file.write_text("a note")
    words = ("--to", STRANGER, "--hold", "0", "--attach", str(file), "--id", "the-key")
    first = office.send("Only once", *words)
    office.until_sent(first["outbox_id"])
    assert office.send("Only once", *words) == first
    assert len(office.received("Only once")) == 1
    assert len([row for row in office.outbox() if row["subject"] == "Only once"]) == 1


def test_another_mail_under_the_same_key_drops_nothing(office: Office) -> None:
    words = ("--to", STRANGER, "--subject", "Taken up again", "--id", "used-key")
    told = office.send("Taken up again", *words, "--hold", "600")
    office.cli.one("undo")
    assert office.refused(*words, "--hold", "0", code=2)["code"] == "id_reused"
    assert office.row(told["outbox_id"])["state"] == "draft"


def test_other_files_under_the_same_key_are_refused_and_change_nothing(office: Office) -> None:
    one, two = office.folder / "one.txt", office.folder / "two.txt"
    one.write_text("one")
    two.write_text("two")
    words = ("--to", STRANGER, "--subject", "Other files", "--id", "files-key", "--hold", "600")
    told = office.send("Other files", *words, "--attach", str(one))
    for undone in (False, True):
        if undone:
            office.cli.one("undo")
        for files in ((one, two), (two,), ()):
            given = [word for file in files for word in ("--attach", str(file))]
            assert office.refused(*words, *given, code=2)["code"] == "id_reused"
        assert office.row(told["outbox_id"])["attachments"] == 1
    assert office.send("Other files", *words, "--attach", str(one)) == told


def test_a_pipe_is_no_file_to_send(office: Office) -> None:
    pipe = office.folder / "pipe"
    os.mkfifo(pipe)
    assert office.refused("--to", STRANGER, "--subject", "P", "--attach", str(pipe), code=2)["code"] == "no_file"


def test_bytes_that_are_no_text_are_refused_or_shown_as_such(office: Office) -> None:
    path = os.fsdecode(os.fsencode(office.folder) + b"/Jahr \xe4.txt")
    Path(path).write_text("x")
    told = office.send("Old name", "--to", STRANGER, "--hold", "0", "--attach", path)
    office.until_sent(told["outbox_id"])
    (mail,) = office.received("Old name")
    (part,) = parsed(mail.raw).iter_attachments()
    assert part.get_filename() == "Jahr \N{REPLACEMENT CHARACTER}.txt"
    for words in (("search", "\udce9"), ("client", "add", "\udce9"), ("outbox", "cancel", "\udce9")):
        assert office.cli.refused(*words, code=2)["code"] == "bad_value"


def test_what_is_refused_leaves_nothing_behind(office: Office) -> None:
    to = ("--to", STRANGER, "--subject", "Refused")
    missing = str(office.folder / "no such file")
    assert office.refused(*to, "--attach", missing, code=2)["code"] == "no_file"
    assert office.refused("--to", "nobody at all", "--subject", "Refused", code=2)["code"] == "bad_address"
    assert office.refused("--subject", "Refused", code=2)["code"] == "no_recipients"
    assert office.refused("--reply-to", "e00000000000000", code=3)["code"] == "not_found"
    assert office.refused(*to, "--hold", "-1", code=2)["code"] == "bad_value"
    assert office.refused(*to, code=2, text="x" * 500_001)["code"] == "too_long"
    assert office.refused("--from", "boss@elsewhere.example", *to, code=2)["code"] == "bad_sender"
    big = office.folder / "big"
    with big.open("wb") as file:
        file.truncate((50 << 20) + 1)
    assert office.refused(*to, "--attach", str(big), code=2)["code"] == "attachments_too_large"
    big.unlink()


def test_a_paused_mailbox_says_why(office: Office) -> None:
    office.cli.one("mailbox", "pause", OWNER.address)
    called = office.cli.call("send", "--to", STRANGER, "--subject", "Paused", stdin="x")
    assert (called.code, called.out) == (2, "")
    assert f"Nothing can be sent from {OWNER.address} now: it is paused." in called.err
    office.cli.one("mailbox", "resume", OWNER.address)


def test_people_read_how_far_it_is(office: Office) -> None:
    told = office.send("For people", "--to", f"Jo <{STRANGER}>", "--hold", "600")
    called = office.cli.call("outbox")
    (line,) = [line for line in called.out.splitlines() if told["outbox_id"] in line]
    assert "goes out soon" in line
    assert line.endswith("For people")
    assert "It is now: taken back." in office.cli.call("outbox", "cancel", told["outbox_id"]).err


def test_people_read_what_a_mailbox_is_set_to(office: Office) -> None:
    address = OWNER.address
    office.cli.one("mailbox", "set", address, "--never-sync", "shop.example", "--on-behalf", "on")
    shown = office.cli.call("mailbox", "show", address).out
    assert all(words in shown for words in ("shop.example", "saved by itself: off", "may reply: on"))
    office.cli.one("mailbox", "set", address, "--no-never-sync", "shop.example", "--on-behalf", "off")


def test_what_is_sent_is_signed_as_its_address_is(office: Office) -> None:
    cli, html = (
        office.cli,
        '<b>The firm</b><img src="https://tracker.example/1.png"> <a href="https://firm.example">here</a>',
    )
    sign = partial(cli.one, "mailbox", "set", OWNER.address)
    assert sign("--alias", "info@firm.example", "--signature", "-", stdin="**Iris**\nNotary\n")["done"]
    assert sign("--for", "info@firm.example", "--name", "The firm", "--signature", "-", stdin=html)["done"]
    shown = cli.one("mailbox", "show", OWNER.address)
    assert shown["names"] == [
        {"address": OWNER.address, "name": None, "signature_text": "**Iris**\nNotary"},
        {"address": "info@firm.example", "name": "The firm", "signature_text": "The firm here <https://firm.example>"},
    ]
    sent = [
        office.send("Signed as Iris", "--to", STRANGER, "--hold", "0"),
        office.send("Signed as the firm", "--to", STRANGER, "--hold", "0", "--from", "info@firm.example"),
        office.send("Not signed", "--to", STRANGER, "--hold", "0", "--no-signature"),
    ]
    for row in sent:
        office.until_sent(row["outbox_id"])
    iris, firm, bare = (
        parsed(office.received(one)[0].raw) for one in ("Signed as Iris", "Signed as the firm", "Not signed")
    )
    assert text_of(iris, "plain") == "Signed.\n\n-- \n**Iris**\nNotary"
    assert "<strong>Iris</strong><br" in text_of(iris, "html")
    assert (firm["From"], text_of(firm, "plain")) == (
        "The firm <info@firm.example>", "Signed.\n\n-- \nThe firm here <https://firm.example>"
    )  # fmt: skip
    assert "<b>The firm</b>" in text_of(firm, "html")
    assert "tracker" not in text_of(firm, "html")
    assert text_of(bare, "plain") == "Signed."
    assert office.in_sent("Signed as the firm") == 1


def test_an_answer_has_the_signature_that_was_set_when_it_was_sent(office: Office) -> None:
    """Above what is quoted; what is set while it is held changes nothing of it."""
    office.cli.one("mailbox", "set", OWNER.address, "--signature", "-", stdin="As it was\n")
    quote = "Yes.\n\nOn Monday, Ana wrote:\n> Is it ready?\n"
    held = office.send("Signed when sent", "--to", STRANGER, "--hold", "1", text=quote)
    office.cli.one("mailbox", "set", OWNER.address, "--signature", "-", stdin="As it is now\n")
    office.until_sent(held["outbox_id"])
    (mail,) = office.received("Signed when sent")
    expected = "Yes.\n\n-- \nAs it was\n\nOn Monday, Ana wrote:\n> Is it ready?"
    assert text_of(parsed(mail.raw), "plain") == expected


def text_of(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n").rstrip("\n")
