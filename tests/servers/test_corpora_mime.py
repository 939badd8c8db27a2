"""Real and broken mail of the corpora, against other programs' answers.

Each difference is fixed or stands here with its reason; nothing crashes or takes long, and no attachment is lost.
"""

import calendar
import email
import json
import time
from collections.abc import Iterator
from email.message import Message
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from store.mime.addresses import persons
from store.mime.block import read_block
from store.mime.charsets import decode, decode_raw
from store.mime.dates import Moment, moment
from store.mime.fields import HEADER_FIELDS
from store.mime.headers import MIME_WANTED
from store.mime.ids import named_ids
from store.mime.params import read_field
from store.mime.parts import Leaf, walk
from store.mime.read import read_copy
from store.mime.words import header_text, unfold
from store.model.address import HeaderText
from store.model.copy import Body, Copy
from tests.support.corpora import CorpusMail, mails

pytestmark = pytest.mark.corpora

SECONDS_PER_MAIL = 0.25  # the largest of them is 300 KB; the most that a busy machine was seen to take is 0.03

# Where the other program attaches a text, it is read here with the body: no text is hidden from a person.
READ_AS_TEXT = {f"malformed/{n:03}.eml" for n in (1, 2, 3, 4, 6, 7, 8, 9, 11, 16)} | {"thirdparty/002.eml"}
ATTACHMENTS_DIFFER = {
    "malformed/012.eml": "a third message below a boundary that was never closed: theirs is lost",
    "malformed/022.eml": "a broken message is named alike, and counted as the bytes that it is",
    "thirdparty/015.eml": "two more messages in it: theirs stops at the first",
}
NAMES_DIFFER = {"malformed/017.eml": "a disposition without a value still names its file"}
PEOPLE_DIFFER = {"thirdparty/007.eml": "`moderator` without a domain is no address"}
# One byte that is no picture is no picture, whatever it says of itself.
TYPES_DIFFER = {("thirdparty/013.eml", "image/jpeg"), ("malformed/017.eml", "image/png")}

LEAVES_DIFFER = {
    "malformedHeader-noheader": "text without header fields is body, none of it is lost",
    "malformedHeaderStartsBody-nocrlfcrlf": "a line that is no field, with fields below it, is passed over",
    "malformedHeaderStartsBody-noheader": "as the first",
    "missing-boundary": "a multipart without its boundary is text, none of it is lost",
    "missing-inner-boundary": "as above",
    "missing-inner-start-boundary": "as above",
    "multipartnopart": "as above",
}


def expected(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def body(copy: Copy) -> Body:
    assert copy.body is not None
    return copy.body


def test_stalwart_reads_the_same(corpora: Path) -> None:
    differ: list[object] = []
    top = corpora / "mime" / "stalwart"
    for wanted in expected(top):
        name = wanted["file"]
        copy = read_copy((top / name).read_bytes(), uid=1, whole=True)
        if copy.headers.subject != (wanted["subject"] or ""):
            differ.append((name, copy.headers.subject, wanted["subject"]))
        for field in ("from", "to", "cc"):
            people = getattr(copy.headers, "from_" if field == "from" else field)
            found = [[who.name or None, who.address] for who in people]
            if found != wanted[field] and name not in PEOPLE_DIFFER:
                differ.append((name, field, found, wanted[field]))
        differ += [(name, *pair) for pair in _attachments_that_differ(name, body(copy), wanted["attachments"])]
    assert differ == []


def _attachments_that_differ(name: str, read: Body, wanted: list[dict[str, Any]]) -> Iterator[tuple[object, object]]:
    if name in READ_AS_TEXT:
        for one in wanted:
            if one["sha256"] not in {part.sha256 for part in read.parts} and one["size"] and not read.text.strip():
                yield one, "lost"
        return
    if name in ATTACHMENTS_DIFFER:
        if len(read.parts) < len(wanted):
            yield read.parts, wanted
        return
    if len(read.parts) != len(wanted):
        yield read.parts, wanted
        return
    for part, one in zip(read.parts, wanted, strict=True):
        if one["kind"] == "message":  # their hash is of the message as they understand it
            if part.type != "message/rfc822" or (one["name"] and part.name != one["name"]):
                yield part, one
            continue
        same = (part.size, part.sha256) == (one["size"], one["sha256"])
        same = same and ((part.name or None) == one["name"] or name in NAMES_DIFFER)
        if not same or (part.type != one["ctype"] and (name, one["ctype"]) not in TYPES_DIFFER):
            yield part, one


def leaves(raw: bytes) -> Iterator[Leaf]:
    """Those of messages inside it too, as mime4j counts."""
    for leaf in walk(raw, read_block(raw, wanted=MIME_WANTED)).leaves:
        if leaf.type == "message/rfc822":
            yield from leaves(leaf.data)
        else:
            yield leaf


def test_mime4j_finds_the_same_leaves(corpora: Path) -> None:
    differ: list[object] = []
    top = corpora / "mime" / "mime4j"
    for wanted in expected(top):
        name = Path(wanted["file"]).stem
        found = list(leaves((top / wanted["file"]).read_bytes()))
        hashes = [{sha256(leaf.data).hexdigest(), sha256(_as_utf8(leaf)).hexdigest()} for leaf in found]
        same = len(found) == len(wanted["leaves"]) and all(
            one["sha256"] in either for one, either in zip(wanted["leaves"], hashes, strict=True)
        )
        if not same and name not in LEAVES_DIFFER:
            differ.append((name, [leaf.data[:60] for leaf in found], wanted["leaves"]))
        if name in LEAVES_DIFFER and not found:
            differ.append((name, "lost", LEAVES_DIFFER[name]))
    assert differ == []


def _as_utf8(leaf: Leaf) -> bytes:
    return decode(leaf.data, leaf.charset).text.encode() if leaf.type.startswith("text/") else leaf.data


def stalwart_headers(corpora: Path, kind: str) -> Iterator[tuple[bytes, Any]]:
    """The raw value of each of its header fields, and what it reads there."""
    cases = json.loads((corpora / "mime" / "stalwart" / "headers" / f"{kind}.json").read_text(encoding="utf-8"))
    for case in cases:
        raw = b"X: " + case["header"].encode() + b"\n\n"
        yield read_block(raw, wanted=frozenset([b"x"])).fields[0][1], case["expected"]


def test_stalwart_reads_the_same_addresses(corpora: Path) -> None:
    """All of them; names too unless comments stand beside them, which theirs appends to the name."""
    differ = []
    for value, wanted in stalwart_headers(corpora, "address"):
        groups = wanted["Group"] if "Group" in wanted else [{"addresses": wanted["List"]}]
        people = [one for group in groups for one in group["addresses"] if one["address"]]
        people = [
            one
            for one in people
            if not one["address"].startswith(("http:", "mailto:", "ftp:")) and "@" in one["address"]
        ]
        found = [(who.name, who.address) for who in persons(decode_raw(unfold(value)))]
        addresses = ["".join(one["address"].split()).rpartition(":")[2] for one in people]
        names = [(one["name"] or "").strip() for one in people]
        same = b"(" in value or [name for name, _ in found] == names
        if not same or [address for _, address in found] != addresses:
            differ.append((value, found))
    assert differ == []


def test_stalwart_reads_the_same_dates(corpora: Path) -> None:
    differ: list[tuple[bytes, Moment | None]] = []
    for value, wanted in stalwart_headers(corpora, "date"):
        found = moment(decode_raw(unfold(value)))
        if wanted is None:
            if found is not None:
                differ.append((value, found))
            continue
        offset = (-1 if wanted["tz_before_gmt"] else 1) * (wanted["tz_hour"] * 60 + wanted["tz_minute"])
        parts = (wanted[part] for part in ("year", "month", "day", "hour", "minute", "second"))
        if found != (calendar.timegm((*parts,)) - offset * 60, offset):
            differ.append((value, found))
    assert len(differ) == 2  # months as bare numbers, which no mail program writes
    assert all(found is None for _, found in differ)


def test_stalwart_reads_the_same_ids_and_parameters(corpora: Path) -> None:
    ids = []
    for value, wanted in stalwart_headers(corpora, "id"):
        found = named_ids(decode_raw(unfold(value)))
        if found != ["".join(one.split()) for one in wanted or []]:
            ids.append(found)
    assert ids == [[]]  # "m", which names nothing
    names = []
    for value, wanted in stalwart_headers(corpora, "content_type"):
        for key, text in (wanted or {}).get("attributes") or []:
            read = read_field(value).parameters.get(key, "")
            if key in ("charset", "boundary", "filename", "name") and read != text:
                names.append((key, read, text))
    blank = [one for one in names if one[2].strip() == ""]  # a name of blanks that is never closed
    between = [one for one in names if one[1] == "áéí.jpeg"]  # RFC 2047: blanks between encoded words vanish
    semicolon = [one for one in names if one[1].startswith("Ñandú filename*1*")]  # one missing inside RFC 2231
    assert len(names) == len(blank) + len(between) + len(semicolon)
    assert (len(blank), len(between), len(semicolon)) == (3, 1, 1)


def test_stalwart_reads_the_same_texts(corpora: Path) -> None:
    """But for blanks: theirs adds one between text and an encoded word, and drops those folded into a word."""
    for value, wanted in stalwart_headers(corpora, "unstructured"):
        assert "".join(header_text(value, limit=1000).split()) == "".join(wanted.split())


def test_every_mail_is_read_whole_and_soon(corpora: Path) -> None:
    count = 0
    for mail in mails(corpora):
        start = time.process_time()
        copy = read_copy(mail.raw, uid=1, whole=True)
        assert time.process_time() - start < SECONDS_PER_MAIL, mail.name
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(copy), type=Copy) == copy
        for text in (copy.headers.subject, *(who.name for who in (*copy.headers.from_, *copy.headers.to))):
            assert HeaderText(text) == text, mail.name
        assert "undecodable" not in copy.headers.cut, mail.name
        alone = read_copy(_header_fields(mail.raw), uid=1, whole=False)
        assert alone.identity == copy.identity, mail.name
        assert alone.headers == copy.headers, mail.name
        count += 1
    assert count > 4800


def _header_fields(raw: bytes) -> bytes:
    """What a server answers to BODY.PEEK[HEADER.FIELDS (…)]."""
    named = frozenset(name.lower().encode() for name in HEADER_FIELDS)
    fields = read_block(raw, wanted=named).fields
    return b"".join(name + b":" + value + b"\n" for name, value in fields) + b"\n"


# The standard library's reader as a second witness: what it sees and we don't.
NOT_ATTACHED = {
    "spamassassin/spam-1/00036.256602e2cb5a5b373bdd1fb631d9f452.txt": "the other form of the text that is read",
    "mime/enmime/low-quality/bad-header-wrap.raw": "it takes the encoding's field for text; here the file is decoded",
    "mime/enmime/parts/chardet-fail.raw": "a part that is the whole mail is the body",
    "mime/enmime/parts/header-only.raw": "an empty part that is the whole mail",
}


def test_no_attachment_is_lost(corpora: Path) -> None:
    lost = []
    files = 0
    for mail in mails(corpora):
        read = body(read_copy(mail.raw, uid=1, whole=True))
        ours = {part.sha256 for part in read.parts}
        for part in _leaves_of(email.message_from_bytes(mail.raw)):
            files += 1
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and sha256(data).hexdigest() not in ours and mail.name not in NOT_ATTACHED:
                lost.append((mail.name, part.get_content_type(), part.get_filename()))
    assert lost == []
    assert files > 140


def _leaves_of(message: Message) -> Iterator[Message]:
    """Files and everything that is no text, without multiparts that have no parts."""
    kind = message.get_content_maintype()
    if kind == "message" or (kind == "multipart" and message.defects):
        return
    payload = message.get_payload()
    if isinstance(payload, list):
        for part in payload:
            if isinstance(part, Message):
                yield from _leaves_of(part)
    elif kind != "multipart" and (kind != "text" or message.get_filename() or _is_attached(message)):
        yield message


def _is_attached(message: Message) -> bool:
    return message.get_content_disposition() == "attachment"


def test_messages_inside_are_attached(corpora: Path) -> None:
    for mail in mails(corpora, "mime"):
        inside = [part for part in _shallow(mail) if part.get_content_type() == "message/rfc822"]
        found = [part for part in body(read_copy(mail.raw, uid=1, whole=True)).parts if part.type == "message/rfc822"]
        assert len(found) >= len(inside), mail.name


def _shallow(mail: CorpusMail) -> Iterator[Message]:
    waiting = [email.message_from_bytes(mail.raw)]
    while waiting:
        part = waiting.pop()
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting += [one for one in payload if isinstance(one, Message)]
        else:
            yield part
