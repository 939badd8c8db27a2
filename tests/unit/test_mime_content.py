"""What makes copies the same email and the same content ([S7a]), and how they are packed."""

import quopri
from base64 import encodebytes
from collections.abc import Mapping

import pytest
import zstandard
from hypothesis import assume, given
from hypothesis import strategies as st

from store.mime.compress import TooLarge, compress, decompress
from store.mime.fields import HEADER_FIELDS
from store.mime.read import read_copy
from store.model.copy import Copy

HEAD = {
    "Message-ID": "<1@a.example>",
    "Date": "Tue, 24 Nov 2026 09:30:00 +0100",
    "From": "Ada Byron <ada@a.example>",
    "To": "bob@b.example, Eve <eve@e.example>",
    "Cc": "dan@d.example",
    "Subject": "The deed",
    "Sender": "office@a.example",
    "Reply-To": "Ada <ada@a.example>",
    "Content-Type": "text/plain; charset=utf-8",
}


def copy_of(
    changed: Mapping[str, str] | None = None,
    *,
    body: bytes = b"text",
    whole: bool = True,
    fields: Mapping[str, str] = HEAD,
) -> Copy:
    head = {**fields, **(changed or {})}
    raw = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value).encode() + b"\r\n"
    return read_copy(raw + (body if whole else b""), uid=1, whole=whole)


PLAIN = copy_of()


@pytest.mark.parametrize(
    "changed",
    [
        {"From": "ADA@A.Example"},
        {"From": "=?utf-8?q?Somebody_else?= <ada@a.example>"},
        {"To": "eve@e.example,\r\n\tBOB@b.example (Bob)"},
        {"Date": "24 Nov 2026 08:30:00 GMT"},
        {"Received": "from x by y", "Delivered-To": "bob@b.example", "Return-Path": "<ada@a.example>"},
        {"Bcc": "secret@s.example"},
        {"Authentication-Results": "mx; dmarc=fail"},
    ],
)
def test_delivery_names_and_folding_are_no_part_of_identity_or_content(changed: dict[str, str]) -> None:
    other = copy_of(changed)
    assert (other.identity, other.content_hash) == (PLAIN.identity, PLAIN.content_hash)


@pytest.mark.parametrize(
    "changed",
    [
        {"Message-ID": "<2@a.example>"}, {"Date": "Tue, 24 Nov 2026 09:30:01 +0100"}, {"From": "eve@a.example"},
        {"To": "bob@b.example"}, {"Cc": ""}, {"Cc": "bob@b.example"}, {"To": "dan@d.example", "Cc": "bob@b.example"},
    ],
)  # fmt: skip
def test_another_id_date_or_address_is_another_email(changed: dict[str, str]) -> None:
    assert copy_of(changed).identity != PLAIN.identity


@pytest.mark.parametrize(
    "changed", [{"Subject": "[list] The deed"}, {"Reply-To": "list@l.example"}, {"Sender": "list@l.example"}]
)
def test_another_subject_or_answer_address_is_another_content_of_the_same_email(changed: dict[str, str]) -> None:
    other = copy_of(changed)
    assert other.identity == PLAIN.identity
    assert other.content_hash != PLAIN.content_hash


def test_without_a_message_id_the_subject_counts() -> None:
    bare = copy_of({"Message-ID": ""})
    assert bare.identity not in (PLAIN.identity, copy_of({"Message-ID": "", "Subject": "Another"}).identity)
    assert bare.identity == copy_of({"Message-ID": "", "From": "ADA@a.example"}).identity
    assert bare.identity == copy_of({"Message-ID": "not an id"}).identity


def test_a_field_cannot_be_mistaken_for_its_neighbour() -> None:
    one = copy_of(fields={"Message-ID": "<1@a.example>", "From": "a@x.example", "To": ""})
    two = copy_of(fields={"Message-ID": "<1@a.example>", "From": "", "To": "a@x.example"})
    assert one.identity != two.identity


TEXT = st.text(alphabet="abñ€ =?\n", max_size=120).filter(lambda text: text.strip() != "")


@given(TEXT)
def test_however_a_text_travels_it_is_the_same_content(text: str) -> None:
    wire = text.replace("\n", "\r\n")
    sent = [
        copy_of(body=wire.encode()),
        copy_of(body=text.encode()),
        copy_of(body=wire.encode() + b"  \r\n\r\n"),
        copy_of(body="\r\n".join(line + " \t" for line in text.split("\n")).encode()),
        copy_of({"Content-Transfer-Encoding": "base64"}, body=encodebytes(wire.encode())),
        copy_of({"Content-Transfer-Encoding": "quoted-printable"}, body=quopri.encodestring(text.encode())),
        copy_of({"Content-Type": "text/plain; charset=windows-1252"}, body=wire.encode("cp1252")),
        copy_of({"Content-Type": "text/plain; charset=iso-8859-15"}, body=wire.encode("iso-8859-15")),
        copy_of({"Content-Type": "text/plain; charset=utf-16"}, body=wire.encode("utf-16")),
    ]
    assert len({copy.content_hash for copy in sent}) == 1


@given(TEXT, TEXT)
def test_another_text_is_another_content(one: str, two: str) -> None:
    assume([line.rstrip() for line in one.rstrip().split("\n")] != [line.rstrip() for line in two.rstrip().split("\n")])
    assert copy_of(body=one.encode()).content_hash != copy_of(body=two.encode()).content_hash


def test_a_file_and_its_name_are_content() -> None:
    def with_file(name: str, data: bytes) -> Copy:
        part = f'--X\r\nContent-Type: application/x-own; name="{name}"\r\n\r\n'.encode() + data
        whole = b"--X\r\n\r\ntext\r\n" + part + b"\r\n--X--"
        return copy_of({"Content-Type": "multipart/mixed; boundary=X"}, body=whole)

    hashes = {with_file(*file).content_hash for file in (("a", b"1"), ("b", b"1"), ("a", b"2"), ("a", b"1"))}
    assert len(hashes) == 3


@given(st.sampled_from([*HEAD, None]), st.sampled_from(["", "x", "<z@z.example>", "=?utf-8?q?=C3=B1?= <n@n.example>"]))
def test_headers_alone_name_the_same_email(name: str | None, value: str) -> None:
    changed = {name: value} if name else {}
    picked = {name: value for name, value in {**HEAD, **changed}.items() if name in HEADER_FIELDS}
    whole, alone = copy_of(changed), copy_of(fields=picked, whole=False)
    assert alone.identity == whole.identity
    assert alone.headers == whole.headers
    assert alone.content_hash != whole.content_hash
    assert alone.body is None


def test_the_bytes_come_back() -> None:
    raw = b"Subject: x\r\nX-Other: kept too\r\n\r\nbody\r\n\r\nmore"
    copy = read_copy(raw, uid=1, whole=True)
    assert decompress(copy.header_block, limit=1000) + decompress(copy.raw_body, limit=1000) == raw
    assert copy.body is not None
    assert decompress(copy.text_body, limit=1000).decode() == copy.body.text
    assert copy.size == len(raw)


def test_unpacking_has_a_limit() -> None:
    bomb = compress(b"\0" * 10_000_000)
    assert len(bomb) < 1000
    with pytest.raises(TooLarge):
        decompress(bomb, limit=1_000_000)
    assert len(decompress(bomb, limit=10_000_000)) == 10_000_000
    with pytest.raises(TooLarge):
        decompress(zstandard.ZstdCompressor(write_content_size=False).compress(b"\0" * 100), limit=1_000_000)
    with pytest.raises(TooLarge):
        decompress(b"not packed at all", limit=1_000_000)
    assert decompress(compress(b""), limit=0) == b""


@given(st.binary(max_size=2000))
def test_packing_comes_back(data: bytes) -> None:
    assert decompress(compress(data), limit=2000) == data
