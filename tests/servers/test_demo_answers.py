"""The demo's servers write back: submitted by aiosmtplib, read by IMAP, as a member's desk does it."""

import random
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib
import pytest

from providers.rehearsal import Rehearsal
from providers.rehearsal.accounts import Account
from providers.rehearsal.answering import Answering
from providers.rehearsal.firm import Firm, load
from providers.rehearsal.firm.delivery import HOST
from tests.support.rehearsal import Talk

CLARA, TOM = "clara@rivasholt.example", "tom@rivasholt.example"
RUBEN, BENITA = "ruben@casabenita.example", "benita@casabenita.example"
HARRIET, GILES = "harriet@pemberton.example", "giles@pemberton.example"
ENGLISH = "Dear all, this is the form that we have to sign. Please send it back to the office."
SPANISH = "Le envío el borrador para que lo lea con calma y me diga si está de acuerdo con todo."
PASSWORD = "made-up"


class Desk:
    """The demo's servers, a member's submission line, and what comes into the members' inboxes."""

    def __init__(self, firm: Firm, server: Rehearsal) -> None:
        self.firm, self.server, self.sent = firm, server, 0

    async def send(self, mail: EmailMessage, *, to: list[str], login: str = CLARA) -> str:
        """Submit a mail; its Message-ID."""
        self.sent += 1
        mail["Message-ID"] = f"<{self.sent}.sent@rivasholt.example>"
        mail["Date"] = format_datetime(datetime.now(UTC))
        if "From" not in mail:
            mail["From"] = f"Member <{login}>"
        await aiosmtplib.send(
            mail.as_bytes(policy=SMTP), sender=login, recipients=to, hostname=self.server.host,
            port=self.server.smtps_port, use_tls=True, username=login, password=PASSWORD,
            tls_context=ssl.create_default_context(cafile=self.server.cafile),
        )  # fmt: skip
        return str(mail["Message-ID"])

    def inbox(self, member: str, *, count: int) -> list[EmailMessage]:
        """What an IMAP client fetches, as soon as there are so many."""
        with Talk(self.server.port) as talk:
            talk.ok(f"LOGIN {member} {PASSWORD}".encode())
            there = talk.ok(b"SELECT INBOX").number(rb"\*")
            talk.socket.settimeout(20)
            tag = talk.idle()
            while there < count:
                line = talk.until(b"EXISTS")[-1]
                there = int(line.split()[1])
            talk.send(b"DONE\r\n")
            talk.answer(tag)
            fetched = talk.ok(b"FETCH 1:* (BODY.PEEK[])").untagged
        return [_parsed(line.partition(b"\r\n")[2].rpartition(b")")[0]) for line in fetched if b"BODY[]" in line]


def _parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == [], part.defects
    return message


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain", "html"))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def _mail(text: str, *, to: str, subject: str = "The form", **headers: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["To"], mail["Subject"] = to, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def _said(firm: Firm, address: str, language: str) -> list[str]:
    return [one.text for one in firm.answers if address in one.addresses and one.language == language]


def _own(mail: EmailMessage) -> str:
    return " ".join(_text(mail).split())


@pytest.fixture
def desk() -> Iterator[Desk]:
    firm = load(datetime.now(UTC) - timedelta(seconds=1))
    accounts = [Account(login=member.address, password=PASSWORD) for member in firm.members]
    answering = Answering(firm.writers, host=HOST, chance=random.Random(4), seconds=(0.0, 0.05))
    with Rehearsal(accounts, authserv_id=HOST, taken=answering) as server:
        yield Desk(firm, server)


async def test_a_contact_answers_in_the_thread_and_in_the_mail_s_language(desk: Desk) -> None:
    mail = _mail(ENGLISH, to=f"Harriet <{HARRIET}>", References="<old@rivasholt.example>")
    sent = await desk.send(mail, to=[HARRIET])
    (answer,) = desk.inbox(CLARA, count=1)
    assert answer["From"].addresses[0].addr_spec == HARRIET
    assert [one.addr_spec for one in answer["To"].addresses] == [CLARA]
    assert answer["In-Reply-To"] == sent
    assert str(answer["References"]).split() == ["<old@rivasholt.example>", sent]
    assert answer["Subject"] == "Re: The form"
    assert any(" ".join(text.split()) in _own(answer) for text in _said(desk.firm, HARRIET, "en"))
    assert re.search(r"(?m)^On .* wrote:$", _text(answer))
    assert "> Dear all, this is the form" in _text(answer)
    assert str(answer["Authentication-Results"]).startswith(f"{HOST};")
    assert "dmarc=pass header.from=pemberton.example" in str(answer["Authentication-Results"])
    assert answer["Return-Path"] == HARRIET or answer["Return-Path"] == f"<{HARRIET}>"


async def test_spanish_gets_spanish_back_also_from_who_writes_english(desk: Desk) -> None:
    await desk.send(_mail(SPANISH, to=HARRIET, subject="El borrador de la señora"), to=[HARRIET])
    (answer,) = desk.inbox(CLARA, count=1)
    assert any(" ".join(text.split()) in _own(answer) for text in _said(desk.firm, HARRIET, "es"))
    assert answer["Subject"] == "Re: El borrador de la señora"


async def test_a_second_and_a_third_exchange_say_something_else(desk: Desk) -> None:
    said = set()
    named: list[str] = []
    for number in range(1, 4):
        headers = {"In_Reply_To": named[-1], "References": " ".join(named)} if named else {}
        named.append(await desk.send(_mail(SPANISH, to=RUBEN, **headers), to=[RUBEN]))
        answer = desk.inbox(CLARA, count=number)[-1]
        assert str(answer["References"]).split() == named
        assert answer["In-Reply-To"] == named[-1]
        named.append(str(answer["Message-ID"]))
        matching = [text for text in _said(desk.firm, RUBEN, "es") if " ".join(text.split()) in _own(answer)]
        assert len(matching) == 1
        said.add(matching[0])
    assert len(said) == 3


async def test_an_answer_goes_to_all_whom_the_mail_named(desk: Desk) -> None:
    mail = _mail(ENGLISH, to=HARRIET, Cc=f"{TOM}, {GILES}")
    await desk.send(mail, to=[HARRIET, TOM, GILES])
    (answer,) = desk.inbox(CLARA, count=1)
    assert [one.addr_spec for one in answer["Cc"].addresses] == [TOM, GILES]
    first, second = desk.inbox(TOM, count=2)
    assert first["Message-ID"] == mail["Message-ID"], "a colleague has the mail itself"
    assert "dmarc=pass header.from=rivasholt.example" in str(first["Authentication-Results"])
    assert second["Message-ID"] == answer["Message-ID"]
    assert len(desk.inbox(CLARA, count=1)) == 1, "who had a copy only does not answer"


async def test_blind_copies_arrive_and_are_told_to_nobody(desk: Desk) -> None:
    await desk.send(_mail(ENGLISH, to=TOM), to=[TOM, HARRIET])
    assert len(desk.inbox(TOM, count=1)) == 1
    (answer,) = desk.inbox(CLARA, count=1)
    assert answer["From"].addresses[0].addr_spec == HARRIET
    assert answer["Cc"] is None
    assert len(desk.inbox(TOM, count=1)) == 1


async def test_a_colleague_s_blind_copy_arrives_without_the_sender_s_inbox(desk: Desk) -> None:
    await desk.send(_mail(ENGLISH, to=BENITA), to=[BENITA, TOM])
    (copy,) = desk.inbox(TOM, count=1)
    assert copy["Delivered-To"] == TOM
    assert TOM not in str(copy["To"])


async def test_unknown_addresses_come_back_with_a_report(desk: Desk) -> None:
    nobody, nowhere = "nobody@pemberton.example", "who@no-such-place.example"
    sent = await desk.send(_mail(ENGLISH, to=f"{nobody}, {nowhere}"), to=[nobody, nowhere])
    (report,) = desk.inbox(CLARA, count=1)
    assert report["From"].addresses[0].addr_spec == f"MAILER-DAEMON@{HOST}"
    assert report["Return-Path"] == "<>"
    assert report["Auto-Submitted"] == "auto-replied"
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    words, status, original = report.iter_parts()
    assert nobody in words.get_content()
    assert nowhere in words.get_content()
    told = [block.items() for block in status.get_payload() if isinstance(block, EmailMessage)]
    assert dict(told[0])["Reporting-MTA"] == f"dns; {HOST}"
    failed = {dict(block)["Final-Recipient"]: dict(block) for block in told[1:]}
    assert failed[f"rfc822; {nobody}"]["Status"] == "5.1.1"
    assert failed[f"rfc822; {nowhere}"]["Status"] == "5.1.2"
    assert {block["Action"] for block in failed.values()} == {"failed"}
    assert f"Message-ID: {sent}" in original.get_content()


async def test_of_known_and_unknown_one_answers_and_one_comes_back(desk: Desk) -> None:
    nobody = "nobody@rivasholt.example"
    await desk.send(_mail(ENGLISH, to=f"{HARRIET}, {nobody}"), to=[HARRIET, nobody])
    got = desk.inbox(CLARA, count=2)
    assert {one["From"].addresses[0].addr_spec for one in got} == {HARRIET, f"MAILER-DAEMON@{HOST}"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; why=vacation"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.rivasholt.example>"},
        {"List_Unsubscribe": "<https://rivasholt.example/out>"},
    ],
)
async def test_what_a_machine_wrote_is_not_answered(desk: Desk, headers: dict[str, str]) -> None:
    await desk.send(_mail(ENGLISH, to=HARRIET, **headers), to=[HARRIET])
    await desk.send(_mail(ENGLISH, to=GILES, Auto_Submitted="no"), to=[GILES])
    (answer,) = desk.inbox(CLARA, count=1)
    assert answer["From"].addresses[0].addr_spec == GILES


async def test_a_mail_in_another_s_name_is_not_vouched_for(desk: Desk) -> None:
    mail = _mail(ENGLISH, to=TOM, From="Benita <benita@casabenita.example>")
    await desk.send(mail, to=[TOM])
    (copy,) = desk.inbox(TOM, count=1)
    assert "dmarc=fail" in str(copy["Authentication-Results"])


async def test_mail_that_is_hardly_mail_stops_nothing(desk: Desk) -> None:
    torn = _mail("x" * 4000 + "\x00", to=HARRIET, subject="w" * 900)
    await desk.send(torn, to=[HARRIET])
    (answer,) = desk.inbox(CLARA, count=1)
    assert all(len(line) <= 998 for line in answer.as_bytes(policy=SMTP).split(b"\r\n"))
    for raw in (
        b"",
        b"\r\n\r\n",
        b"From: x\r\n\r\nx",
        b"From: clara@rivasholt.example\r\nMessage-ID: <\xc3\xa9>\r\n\r\nx",
    ):
        assert desk.firm.writers.answer(raw, HARRIET, datetime.now(UTC)) is None
