"""The demo firm: enough mail, all of it different, well formed, in order, and always ending today."""

import html
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.rehearsal.firm import DemoCopy, DemoMail, Firm, load

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=timezone(timedelta(hours=1)))
CLARA, TOM = "clara@rivasholt.example", "tom@rivasholt.example"
# Sent between outsiders and only known from having been forwarded.
UNSEEN = 1
_CUT = re.compile(r"^(-- ?|On .{20,140} wrote:|El .{20,140} escribió:|_{20,}|-{10} .*)$", re.MULTILINE)
_HTML_TAIL = re.compile(
    r'<div style="color:#555555">.*|<blockquote.*|<td style="padding:12px.*|<div style="display:none.*?</div>',
    re.DOTALL,
)


@pytest.fixture(scope="module")
def firm() -> Firm:
    return load(NOW)


@cache
def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def read(mail: DemoMail) -> EmailMessage:
    return parsed(mail.copies[0].raw)


def copies(firm: Firm) -> Iterator[DemoCopy]:
    return (copy for mail in firm.mails for copy in mail.copies)


def own_words(message: EmailMessage) -> str:
    """What the sender wrote, without signature, small print and quotes."""
    part = message.get_body(("plain", "html"))
    assert part is not None
    text = part.get_content().replace("\r\n", "\n")
    if part.get_content_subtype() == "html":
        text = html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</(p|h2|li|td)>", "\n\n", _HTML_TAIL.sub("", text))))
    text = _CUT.split(text, maxsplit=1)[0]
    return "\n".join(line for line in text.splitlines() if not line.startswith(">"))


def sentences(text: str) -> set[str]:
    joined = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
    found = (" ".join(re.findall(r"\w+", piece.lower())) for piece in re.split(r"[.!?;:]+\s|\n", joined))
    return {sentence for sentence in found if sentence.count(" ") >= 8}


def in_thread(firm: Firm, thread: str) -> list[DemoMail]:
    return [mail for mail in firm.mails if mail.thread == thread]


def test_there_is_a_year_of_mail_that_thickens_towards_today(firm: Firm) -> None:
    ages = [NOW - mail.date for mail in firm.mails]
    months = Counter(age.days // 30 for age in ages)
    assert len(ages) >= 300
    assert timedelta(days=330) < max(ages) < timedelta(days=366)
    assert all(months[month] for month in range(12))
    assert months[0] > 2 * sorted(months.values())[len(months) // 2]
    assert sum(age < timedelta(hours=6) for age in ages) >= 6


def test_no_two_mails_say_the_same(firm: Firm) -> None:
    later = [arrival.at(NOW) for arrival in firm.arrivals]
    bodies = [own_words(read(mail)) for mail in (*firm.mails, *later)]
    assert all(body.split() for body in bodies)
    assert len({" ".join(re.findall(r"\w+", body.lower())) for body in bodies}) == len(bodies)
    texts = [*bodies, *(answer.text for answer in firm.answers)]
    said = Counter(sentence for text in texts for sentence in sentences(text))
    assert [sentence for sentence, times in said.items() if times > 1] == []


def test_english_and_spanish_share_the_year(firm: Firm) -> None:
    spoken = Counter(mail.language for mail in firm.mails)
    assert set(spoken) == {"en", "es"}
    assert 0.3 < spoken["es"] / spoken.total() < 0.45


def test_each_mail_is_well_formed(firm: Firm) -> None:
    later = [copy for arrival in firm.arrivals for copy in arrival.at(NOW).copies]
    for copy in (*copies(firm), *later):
        assert re.search(rb"(?<!\r)\n|\r(?!\n)", copy.raw) is None
        assert max(map(len, copy.raw.split(b"\r\n"))) <= 998
        assert copy.raw.partition(b"\r\n\r\n")[0].isascii()
        message = parsed(copy.raw)
        for part in message.walk():
            assert part.defects == [], (message["Subject"], part.get_content_type(), part.defects)
            # The fields of a delivery report are parsed as parts without a type.
            if part.get_content_maintype() == "text" and part["Content-Type"]:
                assert part.get_content()
        assert all(message[name] for name in ("Message-ID", "Date", "From", "To", "Subject", "MIME-Version"))


def test_nothing_unfilled_is_left_in_any_text(firm: Firm) -> None:
    for mail in firm.mails:
        message = read(mail)
        names = [part.get_filename() or "" for part in message.walk()]
        assert not re.search(r"\{\w+(:[^}]*)?\}", " ".join([own_words(message), message["Subject"], *names]))


def test_every_address_and_link_is_fictional(firm: Firm) -> None:
    for copy in (*copies(firm), *(copy for arrival in firm.arrivals for copy in arrival.at(NOW).copies)):
        message = parsed(copy.raw)
        texts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
        shown = "\n".join([*(f"{name}: {value}" for name, value in message.items()), *texts])
        hosts = re.findall(r"(?:@|https?://)([\w-]+(?:\.[\w-]+)+)", shown)
        assert hosts
        assert {host for host in hosts if not host.endswith(".example")} == set()


def test_what_is_answered_is_there(firm: Firm) -> None:
    known = {mail.message_id for mail in firm.mails}
    named = {str(message["In-Reply-To"]) for message in map(read, firm.mails) if message["In-Reply-To"]}
    cited = {one for mail in firm.mails for one in str(read(mail)["References"] or "").split()}
    assert named <= cited
    assert len(cited - known) == UNSEEN
    assert all(str(read(mail)["Message-ID"]) == mail.message_id for mail in firm.mails)
    assert len(known) == len(firm.mails)


def test_threads_have_from_one_to_nine_mails(firm: Firm) -> None:
    lengths = Counter(Counter(mail.thread for mail in firm.mails).values())
    assert set(range(1, 10)) <= set(lengths) | {7, 8}
    assert max(lengths) <= 9
    assert sum(count for length, count in lengths.items() if length > 1) >= 70


@settings(max_examples=15, deadline=None)
@given(
    days=st.integers(min_value=-700, max_value=1800),
    minutes=st.one_of(st.just(0), st.integers(min_value=0, max_value=1439)),
    offset=st.integers(min_value=-11, max_value=12),
)
def test_whatever_the_day_answers_follow_and_nothing_lies_in_the_future(days: int, minutes: int, offset: int) -> None:
    midnight = NOW.replace(hour=0, minute=0, tzinfo=timezone(timedelta(hours=offset)))
    aware = midnight + timedelta(days=days, minutes=minutes)
    mails = load(aware).mails
    dates = {mail.message_id: mail.date for mail in mails}
    assert all(one.date <= other.date for one, other in pairwise(mails))
    for mail in mails:
        assert all(mail.date <= copy.received <= aware for copy in mail.copies)
        message = BytesHeaderParser().parsebytes(mail.copies[0].raw)
        assert parsedate_to_datetime(message["Date"]) == mail.date
        answered = dates.get(str(message["In-Reply-To"]))
        assert answered is None or answered < mail.date


def test_the_same_moment_gives_the_same_bytes_and_another_the_same_ids(firm: Firm) -> None:
    assert [copy.raw for copy in copies(load(NOW))] == [copy.raw for copy in copies(firm)]
    later = load(NOW + timedelta(days=100))
    assert {mail.message_id for mail in later.mails} == {mail.message_id for mail in firm.mails}


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="2026"):
        load(NOW.replace(tzinfo=None))


def test_the_mail_that_explains_the_demo_speaks_the_reader_s_language(firm: Firm) -> None:
    assert in_thread(firm, "welcome-en")
    assert not in_thread(firm, "welcome-es")
    spanish = load(NOW, "es")
    assert in_thread(spanish, "welcome-es")
    assert not in_thread(spanish, "welcome-en")


def test_the_firm_has_two_mailboxes_and_ten_clients(firm: Firm) -> None:
    assert [(member.address, member.role) for member in firm.members] == [(CLARA, "owner"), (TOM, "admin")]
    assert [person.address for person in firm.colleagues] == ["nuria@rivasholt.example"]
    assert len(firm.clients) == 10
    assert all(1 <= len(client.contacts) <= 3 for client in firm.clients)
    linked = Counter(contact for client in firm.clients for contact in client.contacts)
    assert [contact.name for contact, clients in linked.items() if clients > 1] == ["Moira Hendry"]
    addresses = [address for contact in linked for address in contact.addresses]
    assert len(addresses) == len(set(addresses))
    assert sum(len(contact.addresses) > 1 for contact in linked) >= 3


def test_every_contact_writes(firm: Firm) -> None:
    senders = {address for mail in firm.mails for _, address in getaddresses([str(read(mail)["From"])])}
    for client in firm.clients:
        assert all(senders & set(contact.addresses) for contact in client.contacts), client.name


def test_mail_lies_where_a_mail_program_would_have_put_it(firm: Firm) -> None:
    seen = Counter((copy.member, copy.folder) for copy in copies(firm))
    for member in firm.members:
        assert {folder for address, folder in seen if address == member.address} <= set(firm.folders[member.address])
        assert seen[member.address, "Sent"] > 40
    assert all(seen[member, folder] for member, folder in ((CLARA, "Hacienda"), (TOM, "Juzgado")))
    for mail in firm.mails:
        for copy in mail.copies:
            sent = parsed(copy.raw)["From"].addresses[0].addr_spec == copy.member
            assert sent == (copy.folder in ("Sent", "Drafts"))
            assert not sent or "\\Seen" in copy.flags
            old = NOW - mail.date > timedelta(days=18)
            assert not (old and "\\Seen" not in copy.flags)
    unread = [copy for copy in copies(firm) if copy.folder == "INBOX" and "\\Seen" not in copy.flags]
    assert 10 <= len(unread) <= 40
    assert any("\\Answered" in copy.flags for copy in copies(firm))
    assert any("\\Flagged" in copy.flags for copy in copies(firm))


def test_each_copy_received_has_what_its_provider_added(firm: Firm) -> None:
    for copy in copies(firm):
        message, names = parsed(copy.raw), [name.lower() for name in parsed(copy.raw)]
        if copy.folder in ("Sent", "Drafts"):
            assert not {"received", "delivered-to", "authentication-results"} & set(names)
        else:
            assert names.index("authentication-results") < names.index("received")
            assert str(message["Authentication-Results"]).startswith("mx.rivasholt.example;")
            assert message["Delivered-To"] == copy.member
            assert "Bcc" not in message


def test_a_mail_to_both_members_is_two_copies_of_one_mail(firm: Firm) -> None:
    mail = in_thread(firm, "marine-apprentice")[0]
    assert [copy.member for copy in mail.copies] == [CLARA, TOM]
    heads, bodies = zip(*(copy.raw.split(b"Message-ID: ", 1) for copy in mail.copies), strict=True)
    assert bodies[0] == bodies[1]
    assert heads[0] != heads[1]
    received = [parsed(copy.raw).get_all("Received") for copy in mail.copies]
    assert received[0] != received[1]


def test_bulk_and_machines_say_so_in_their_headers(firm: Firm) -> None:
    lists, machines, one_click = set(), set(), set()
    for message in map(read, firm.mails):
        sender = message["From"].addresses[0].addr_spec
        if message["List-Id"] or message["Precedence"]:
            lists.add(sender)
        if message["List-Unsubscribe-Post"]:
            assert "<https://" in message["List-Unsubscribe"]
            one_click.add(sender)
        if message["Auto-Submitted"]:
            assert message["Auto-Submitted"] in ("auto-generated", "auto-replied")
            machines.add(sender)
    assert len(lists) >= 6
    assert len(machines) >= 4
    assert len(one_click) >= 2
    clients = {address for client in firm.clients for contact in client.contacts for address in contact.addresses}
    assert not clients & (lists | machines)


def test_the_bounce_is_a_delivery_report(firm: Firm) -> None:
    copy = in_thread(firm, "bounce-rosario")[1].copies[0]
    message = parsed(copy.raw)
    assert message["Return-Path"] == "<>"
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "message/delivery-status", "text/rfc822-headers"]
    assert b"Status: 5.1.2" in copy.raw


def test_somebody_is_out_of_office(firm: Firm) -> None:
    message = read(in_thread(firm, "ooo-brandt")[1])
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"


def test_a_client_s_mail_lies_in_spam_though_nobody_forged_it(firm: Firm) -> None:
    (mail,) = in_thread(firm, "almendros-junk")
    assert mail.copies[0].folder == "Junk"
    assert "dmarc=pass" in read(mail)["Authentication-Results"]
    assert read(mail)["From"].addresses[0].addr_spec in firm.clients[3].contacts[0].addresses


def test_somebody_forges_a_client(firm: Firm) -> None:
    message = read(in_thread(firm, "hendry-forged")[0])
    assert "dmarc=fail" in message["Authentication-Results"]
    assert message["Reply-To"].addresses[0].domain != message["From"].addresses[0].domain


def test_some_mail_could_be_of_either_of_moira_s_clients(firm: Firm) -> None:
    (mail,) = in_thread(firm, "hendry-keys")
    message = read(mail)
    assert message["From"].addresses[0].display_name == "Moira Hendry"
    assert message["In-Reply-To"] is None
    assert [one.addr_spec for one in message["To"].addresses] == [CLARA]


def test_a_stranger_writes_more_than_once(firm: Firm) -> None:
    known = {address for client in firm.clients for contact in client.contacts for address in contact.addresses}
    written = [mail for mail in firm.mails if mail.thread.startswith("billie-")]
    senders = {read(mail)["From"].addresses[0].addr_spec for mail in written} - {TOM}
    assert senders == {"billie.oduya@lanternpost.example"}
    assert not senders & known
    assert len(written) >= 5


def test_one_member_s_private_mail_is_there(firm: Firm) -> None:
    private = [mail for mail in firm.mails if mail.thread.startswith("private-")]
    assert {copy.member for mail in private for copy in mail.copies} == {CLARA, TOM}
    assert all(len(mail.copies) == 1 and mail.client is None for mail in private)


def test_members_write_to_each_other_and_a_draft_waits(firm: Firm) -> None:
    inside = [mail for mail in firm.mails if {copy.member for copy in mail.copies} == {CLARA, TOM}]
    assert len(inside) >= 20
    (draft,) = [copy for copy in copies(firm) if copy.folder == "Drafts"]
    assert "\\Draft" in draft.flags


def test_a_blind_copy_is_told_to_nobody_else(firm: Firm) -> None:
    mail = in_thread(firm, "farouk-invoice")[0]
    assert [copy.member for copy in mail.copies] == [CLARA]
    assert CLARA not in str(read(mail)["To"])
    assert read(mail)["Bcc"] is None


def test_forwards_carry_what_they_forward(firm: Firm) -> None:
    spanish = read(in_thread(firm, "okafor-unpaid")[3])
    assert spanish["Subject"].startswith("RV: ")
    part = spanish.get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert "---------- Mensaje reenviado ---------" in text
    assert "De: Dpto. de Pagos, Promociones Levantisca <pagos@levantisca.example>" in text
    assert "que nos ha sorprendido dada la magnífica relación" in " ".join(text.split())


def test_an_answer_takes_the_subject_of_what_it_answers(firm: Firm) -> None:
    subjects = [str(read(mail)["Subject"]) for mail in in_thread(firm, "marine-hearing")]
    assert subjects[-2:] == ["Acuerdo", "Re: Acuerdo"]
    assert not any(re.match(r"((re|rv|fwd): ){2}", str(read(mail)["Subject"]), re.IGNORECASE) for mail in firm.mails)


def test_quotes_are_attributed_in_the_writer_s_language(firm: Firm) -> None:
    texts = []
    for message in map(read, firm.mails):
        part = message.get_body(("plain",))
        texts.append(part.get_content().replace("\r\n", "\n") if part else "")
    spanish = re.compile(
        r"^El (lun|mar|mié|jue|vie|sáb|dom), \d+ \w{3} \d{4} a las \d\d:\d\d, .+ escribió:$", re.MULTILINE
    )
    english = re.compile(r"^On (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d+ \w{3} \d{4} at \d\d:\d\d, .+ wrote:$", re.MULTILINE)
    assert sum(bool(spanish.search(text)) for text in texts) >= 20
    assert sum(bool(english.search(text)) for text in texts) >= 20
    assert sum("\n>> " in text for text in texts) >= 10


def test_invitation_and_answer_speak_of_one_meeting(firm: Firm) -> None:
    events = {}
    for mail in in_thread(firm, "pemberton-deed"):
        for part in read(mail).walk():
            if part.get_content_type() == "text/calendar":
                events[part.get_param("method")] = part.get_content().replace("\r\n", "\n").replace("\n ", "")
    assert set(events) == {"REQUEST", "REPLY"}
    uids = {re.search(r"UID:(\S+)", event)[1] for event in events.values()}  # type: ignore[index]  # a miss fails too
    assert len(uids) == 1
    starts = re.search(r"DTSTART:(\S+)", events["REQUEST"])
    assert starts is not None
    # Ten in the morning of the Friday on which Harriet writes that it is done.
    done = in_thread(firm, "pemberton-deed")[-1].date
    assert starts[1] == f"{done:%Y%m%d}T090000Z"
    assert "PARTSTAT=ACCEPTED" in events["REPLY"]


def test_attachments_are_real_files(firm: Firm) -> None:
    kinds: Counter[str] = Counter()
    for mail in firm.mails:
        for part in read(mail).walk():
            name = part.get_filename()
            if name:
                kind = name.rpartition(".")[2]
                check_file(kind, part.get_payload(decode=True))
                kinds[kind if part.get_content_disposition() == "attachment" else "inline"] += 1
    assert {"pdf", "csv", "xlsx", "txt", "png", "inline"} == set(kinds)
    assert kinds.total() >= 60


def check_file(kind: str, data: object) -> None:
    assert isinstance(data, bytes)
    if kind == "pdf":
        assert data.startswith(b"%PDF-1.4")
        table = int(re.findall(rb"startxref\n(\d+)\n", data)[0])
        assert data[table:].startswith(b"xref\n")
        for number, offset in enumerate(re.findall(rb"(\d{10}) 00000 n", data), 1):
            assert data[int(offset) :].startswith(b"%d 0 obj" % number)
        length = int(re.findall(rb"/Length (\d+)", data)[0])
        assert data.partition(b"stream\n")[2][length:].startswith(b"\nendstream")
    elif kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            for name in archive.namelist():
                ET.fromstring(archive.read(name))  # noqa: S314 - our own file
    elif kind == "png":
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
        start = data.index(b"IDAT") + 4
        size = int.from_bytes(data[start - 8 : start - 4])
        assert len(zlib.decompress(data[start : start + size])) == height * (1 + 3 * width)
    else:
        assert data.decode("utf-8").strip()


def test_some_mail_is_html_only_and_some_has_both(firm: Firm) -> None:
    messages = [read(mail) for mail in firm.mails]
    only = [message for message in messages if message.get_body(("plain",)) is None]
    both = [message for message in messages if message.get_body(("plain",)) and message.get_body(("html",))]
    assert len(only) >= 10
    assert len(both) >= 50
    charsets = {part.get_content_charset() for message in messages for part in message.walk()}
    assert {"utf-8", "windows-1252"} <= charsets


def test_more_mail_is_waiting_to_arrive(firm: Firm) -> None:
    later = NOW + timedelta(minutes=5)
    known = {mail.message_id for mail in firm.mails}
    written = [arrival.at(later) for arrival in firm.arrivals]
    assert len(written) >= 24
    assert len({mail.message_id for mail in written} | known) == len(written) + len(known)
    answers = 0
    for mail in written:
        assert mail.date == later
        assert all(copy.folder == "INBOX" and "\\Seen" not in copy.flags for copy in mail.copies)
        assert mail.copies
        answered = read(mail)["In-Reply-To"]
        answers += bool(answered)
        assert answered is None or str(answered) in known
    assert 8 <= answers <= len(written) - 8
    assert any(mail.client is None for mail in written)
    assert {client.name for client in firm.clients} <= {mail.client for mail in written}


def test_every_contact_answers_three_times_and_in_both_languages(firm: Firm) -> None:
    for contact in (contact for client in firm.clients for contact in client.contacts):
        said = [answer for answer in firm.answers if answer.addresses == contact.addresses]
        assert len(said) >= 3, contact.name
        assert {answer.language for answer in said} == {"en", "es"}, contact.name
        assert len({answer.text for answer in said}) == len(said)
    assert all(answer.text == answer.text.strip() != "" for answer in firm.answers)
