"""One attachment taken out of a mail is the one that reading the whole of it counts under that number."""

from base64 import encodebytes
from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from store.mime.block import read_block
from store.mime.headers import MIME_WANTED
from store.mime.parts import attachment
from store.mime.read import read_copy

LINES = (
    b"Content-Type: multipart/mixed; boundary=XX",
    b"Content-Type: multipart/related; boundary=YY",
    b"Content-Type: multipart/alternative; boundary=YY",
    b"Content-Type: text/plain",
    b"Content-Type: text/html; name=a",
    b"Content-Type: image/png; name=p.png",
    b"Content-Disposition: attachment; filename=d.pdf",
    b"Content-ID: <x>",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: quoted-printable",
    b"Content-Type: message/rfc822",
    b"Content-Transfer-Encoding: x-uuencode",
    b"--XX",
    b"--XX--",
    b"--YY",
    b"--YY--",
    b"",
    b"",
    b"SGVsbG8=",
    b"a=E4b",
    b"<p>hello</p>",
    b"begin 644 x",
    b"#0V%T",
    b"end",
)


def taken(raw: bytes, n: int) -> bytes | None:
    return attachment(raw, read_block(raw, wanted=MIME_WANTED), n)


def check(raw: bytes) -> int:
    """Each under its number, and no others. How many there are."""
    body = read_copy(raw, uid=1, whole=True).body
    assert body is not None
    for part in body.parts:
        data = taken(raw, part.n)
        assert data is not None
        assert (len(data), sha256(data).hexdigest()) == (part.size, part.sha256)
    assert [taken(raw, n) for n in (-1, 0, len(body.parts) + 1)] == [None, None, None]
    return len(body.parts)


@given(
    st.lists(st.one_of(st.sampled_from(LINES), st.binary(max_size=20)), max_size=40), st.sampled_from((b"\n", b"\r\n"))
)
@settings(max_examples=300)
def test_it_is_the_one_that_is_counted_so(lines: list[bytes], end: bytes) -> None:
    head = b"Content-Type: multipart/mixed; boundary=XX" + end + end + b"--XX" + end
    check(head + end.join(lines))
    check(end.join(lines))


def test_one_inside_an_encoded_multipart() -> None:
    inner = (
        b"--YY\r\nContent-Type: application/pdf\r\n\r\n%PDF one\r\n"
        b"--YY\r\nContent-Type: image/png\r\n\r\ntwo\r\n--YY--\r\n"
    )
    raw = b"Content-Type: multipart/mixed; boundary=YY\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encodebytes(
        inner
    )
    assert check(raw) == 2
    assert [taken(raw, 1), taken(raw, 2)] == [b"%PDF one", b"two"]


def test_a_large_one() -> None:
    data = bytes(range(256)) * 8000
    raw = (
        b"Content-Type: multipart/mixed; boundary=XX\r\n\r\n--XX\r\n\r\ntext\r\n--XX\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + encodebytes(data)
        + b"\r\n--XX--\r\n"
    )
    assert taken(raw, 1) == data
