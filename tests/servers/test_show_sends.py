"""Kill -9 of the office at each state of a mail on its way out: each arrives once, or is uncertain and says so.

A real Dovecot, a real SMTP server, real office processes that die where the test says. Afterwards exactly one copy
stands in Sent of each that was sent, none of those in doubt, and Bcc is nowhere in what was written.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.cli import Cli, Row
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.lethal_office import LethalOffice
from tests.support.smtp import Receiver

pytestmark = pytest.mark.dovecot

OLGA, ADA, HUSH = "olga@firm.example", "ada@byron.example", "hush@other.example"
SOME = (
    "desk:MailDue:before",  # held
    "desk:TakeMail:after",  # sending, not begun
    "desk:MailBegun:after",  # may have begun, nothing of it is out
    "smtp:content",  # it arrived, nobody heard the answer
    "desk:MailAnswered:after",  # sent, neither an email nor in Sent
    "append:half",
    "append:after",  # in Sent, nobody knows
)
UNANSWERED = "desk:Command:after:2"  # held; whoever sent it had no answer
ALL = (
    *SOME,
    UNANSWERED,
    "desk:MailDue:after",  # queued
    "desk:TakeMail:before",
    "sender:MailTaken:before",
    "smtp:recipient",
    "desk:MailBegun:before",
    "smtp:lost",  # its content was on the way, and did not arrive
    "desk:MailAnswered:before",  # accepted, not written
    "desk:AskSent:before",
    "classifier:Classify:before",
    "desk:AppendNoted:after",
    "append:before",
    "desk:AppendDone:before",
)
# Only here may nobody know: the office died between the commit that DATA may begin and that of the answer.
DOUBTFUL = {"desk:MailBegun:after", "smtp:content", "smtp:lost", "desk:MailAnswered:before"}
ARRIVES = {"smtp:content", "desk:MailAnswered:before"}


class Fatal(Receiver):
    """An SMTP server that has the office killed in the middle of a mail, once."""

    office: LethalOffice | None = None
    at = ""

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.at == "recipient":
            self._strike()
        return await super().handle_RCPT(_server, _session, envelope, address, _options)

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.at == "lost":
            self._strike()
            return "451 4.3.0 lost"
        answer = await super().handle_DATA(_server, session, envelope)
        if self.at == "content":
            self._strike()
        return answer

    def _strike(self) -> None:
        assert self.office is not None
        self.at = ""
        self.office.kill()
        self.office.wait_killed()


@dataclass(slots=True, kw_only=True)
class Firm:
    """A home that sends through servers of its own."""

    cli: Cli
    server: Dovecot
    receiver: Fatal
    sent: dict[str, Row] = field(default_factory=dict)

    def send(self, plan: str) -> Row:
        """Who had no answer asks again under the same id."""
        token = f"papers{len(self.sent):03d}"
        words = (
            "send", "--from", OLGA, "--to", ADA, "--bcc", HUSH, "--subject", token, "--hold", "1", "--id", token,
        )  # fmt: skip
        body = f"Body of {token}.\n"
        if plan == UNANSWERED:
            assert self.cli.refused(*words, stdin=body, code=5)["code"] == "office_gone"
        row = self.cli.one(*words, stdin=body)
        self.sent[plan] = {**row, "token": token}
        return row

    def row(self, outbox: str) -> Row:
        return next(row for row in self.cli.rows("outbox") if row["outbox_id"] == outbox)

    def in_sent(self, message_id: str) -> int:
        """Copies in the Sent folder on the server's own disk."""
        place = self.server.top
        return sum(
            message_id.encode() in path.read_bytes()
            for path in place.rglob("*")
            if path.is_file() and path.parent.name in ("cur", "new") and "Sent" in str(path.parent)
        )

    def arrived(self, message_id: str) -> int:
        return sum(message_id.encode() in mail.raw for mail in self.receiver.mails)


@pytest.fixture
def firm(dovecot: DovecotFactory) -> Iterator[Firm]:
    server = dovecot(users=1)
    home = short_folder()
    with Fatal(logins={"user1": server.password}) as receiver, Cli(home, inside=True) as cli:
        cli.one("client", "add", "Byron", "--contact", f"Ada <{ADA}>")
        cli.one(
            "mailbox", "add", OLGA, "--imap", f"localhost:{server.port}", "--smtp", f"localhost:{receiver.port}",
            "--tls", "none", "--login", "user1", "--password-stdin", "--history", "all", stdin=f"{server.password}\n",
        )  # fmt: skip
        cli.one("sync", "--wait")
        yield Firm(cli=cli, server=server, receiver=receiver)
    shutil.rmtree(home)


def kill_at(firm: Firm, plan: str) -> None:
    """One mail, one death, and an office that goes on with what it finds."""
    cli = firm.cli
    cli.call("office", "stop")
    where, _, step = plan.partition(":")
    with LethalOffice(cli, plan if where != "smtp" else "nobody:Nothing:before") as office:
        firm.receiver.office, firm.receiver.at = office, step if where == "smtp" else ""
        sent = firm.send(plan)
        office.wait_killed()
    cli.one("office", "start")
    cli.until(lambda: firm.row(sent["outbox_id"])["state"] in ("sent", "uncertain"), what=f"an end after {plan}")
    if firm.row(sent["outbox_id"])["state"] == "sent":
        cli.until(lambda: firm.in_sent(sent["message_id"]), what=f"a copy in Sent after {plan}")
        cli.until(lambda: firm.row(sent["outbox_id"])["email"], what=f"an email after {plan}")


def check(firm: Firm) -> None:
    """For each: what it is said to be, and what the servers have."""
    cli = firm.cli
    cli.one("sync", "--wait")
    told = Counter(row["kind"] for row in cli.rows("notices", "--all"))
    found = {row["subject"]: row for row in cli.rows("search")}
    for plan, sent in firm.sent.items():
        row, message_id = firm.row(sent["outbox_id"]), sent["message_id"]
        if plan in DOUBTFUL:
            assert row["state"] == "uncertain", plan
            assert (firm.arrived(message_id), firm.in_sent(message_id)) == (plan in ARRIVES, 0), plan
        else:
            assert (plan, row["state"]) == (plan, "sent")
            assert (plan, firm.arrived(message_id), firm.in_sent(message_id)) == (plan, 1, 1)
            (folder,) = [place["folder"] for place in found[sent["token"]]["sightings"] if not place.get("gone")]
            assert (plan, folder) == (plan, "Sent")
            assert found[sent["token"]]["clients"] == ["Byron"]
    assert told["send_uncertain"] == len(DOUBTFUL & firm.sent.keys())
    assert told["send_failed"] == 0
    everything = b"".join(mail.raw for mail in firm.receiver.mails)
    assert HUSH.encode() not in everything
    assert all(set(mail.recipients) == {ADA, HUSH} for mail in firm.receiver.mails)
    assert OLGA not in cli.log()


def say_so(firm: Firm) -> None:
    """A person settles the doubt: what arrived was sent, what did not goes again. Then nothing is open."""
    for plan in DOUBTFUL & firm.sent.keys():
        sent = firm.sent[plan]
        firm.cli.one("outbox", "resolve", sent["outbox_id"], "sent" if plan in ARRIVES else "again")
        firm.cli.until(partial(firm.in_sent, sent["message_id"]), what=f"a copy in Sent, said after {plan}")
        assert (firm.arrived(sent["message_id"]), firm.in_sent(sent["message_id"])) == (1, 1)


@pytest.mark.timeout(180)
def test_killed_at_seven_states_each_arrives_once_or_says_that_nobody_knows(firm: Firm) -> None:
    for plan in SOME:
        kill_at(firm, plan)
    check(firm)
    say_so(firm)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_killed_at_twenty_states_each_arrives_once_or_says_that_nobody_knows(firm: Firm) -> None:
    for plan in ALL:
        kill_at(firm, plan)
    assert len(firm.sent) == 20
    check(firm)
    say_so(firm)
