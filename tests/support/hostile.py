"""Mail that wants to steer a terminal: what could act, hide or turn text around, in every place where text is shown.

The same seed makes the same mails. `PLANTED` are words that stand only inside such sequences.
"""

import base64
import quopri
import random
from collections.abc import Callable

PLANTED = ("pwned", "evil-title", "ZXZpbA==")
PLANTS = (
    "\x1b]0;evil-title\x07", "\x1b]52;c;ZXZpbA==\x07", "\x1b]52;c;ZXZpbA==\x1b\\", "\x1b[2J\x1b[Hpwned", "\x1b[31m",
    "\x1b[?1049h", "\x1bP+q544e\x1b\\", "\x1b_Gpwned\x1b\\", "\x1b^pwned\x1b\\", "\x1bXpwned\x1b\\", "\x1bc", "\x1b[6n",
    "\x9b2J", "\x9d0;evil-title\x9c", "\x90pwned\x9c", "\x9fpwned\x9c", "\x85", "\x84", "\x07", "\x08" * 40, "\x00",
    "\x0b", "\x0c", "\x0e", "\x0f", "\x7f", "\r", "\rpwned", "\r\nSubject: pwned", "\n\n\npwned", "\t\t", "\u2028pwned",
    "\u2029", "\u202egnp.exe", "\u2066x\u2069", "\u200f", "\u200b", "\u2060", "\ufeff", "a\u200d",
    "\U000e0041\U000e007f",
    "e" + "\u0301" * 60, "\u0300", "\ufff9x\ufffa", "\U0010ffff", "\u3164", "\u115f", "\u00ad", "👩\u200d👩\u200d👧",
    "नमस्\u200d", "\x1b",
)  # fmt: skip
BROKEN_BYTES = (
    b"\xed\xa0\x80",
    b"\xff\xfe",
    b"\xc3",
    b"\x80\x9b\x9d",
    b"\xf5\x80\x80\x80",
    b"\x1b[2Jpwned",
    b"\xc2\x9b2J",
)
CHARSETS = ("utf-8", "utf-16", "utf-7", "latin-1", "iso-2022-jp", "no-such-charset", "unicode-1-1-utf-7", "cp1252")


class Hostile:
    """Writes one mail after the other."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._count = 0

    def text(self) -> str:
        """A few plants between harmless words."""
        pieces = [
            self._random.choice((*PLANTS, "word", " ", "ñandú", "漢字")) for _ in range(self._random.randint(1, 9))
        ]
        return "".join(pieces)

    def mail(self) -> bytes:
        self._count += 1
        head = [
            b"From: " + self._person(),
            b"To: " + self._person() + b", " + self._person(),
            b"Cc: " + self._person(),
            b"Subject: " + self._header(),
            b"Message-ID: <h%d@%s>" % (self._count, self._random.choice((b"made-up.example", b"\x1b[2J", b"\xc2\x9b"))),
            b"Date: " + self._random.choice((b"Mon, 1 Jan 2024 10:00:00 +0000", b"\x1b[2Jpwned", b"", self._header())),
        ]
        self._random.shuffle(head)
        kind, body = self._body()
        end = self._random.choice((b"\r\n", b"\n"))
        return end.join([*head, b"MIME-Version: 1.0", *kind, b"", body])

    # ------------------------------------------------------------ headers
    def _header(self) -> bytes:
        ways: tuple[Callable[[str], bytes], ...] = (self._raw, self._base64_word, self._quoted_word)
        return b" ".join(self._random.choice(ways)(self.text()) for _ in range(self._random.randint(1, 3)))

    def _raw(self, text: str) -> bytes:
        """As it is, but for what would end the header."""
        raw = text.encode("utf-8", "surrogatepass").replace(b"\r", b"").replace(b"\n", b"\n ")
        return raw + self._random.choice((b"", *BROKEN_BYTES))

    def _base64_word(self, text: str) -> bytes:
        charset = self._random.choice(CHARSETS)
        return b"=?" + charset.encode() + b"?B?" + base64.b64encode(self._bytes(text, charset)) + b"?="

    def _quoted_word(self, text: str) -> bytes:
        charset = self._random.choice(CHARSETS)
        return b"=?" + charset.encode() + b"?Q?" + b"".join(b"=%02X" % x for x in self._bytes(text, charset)) + b"?="

    def _person(self) -> bytes:
        address = self._random.choice(
            (b"eve@evil.example", b"\x1b[2J@evil.example", b"a\xc2\x9b2J@evil.example", b"eve")
        )
        return (
            self._random.choice((self._header(), b'"' + self._raw(self.text()).replace(b'"', b"") + b'"'))
            + b" <"
            + (address + b">")
        )

    @staticmethod
    def _bytes(text: str, charset: str) -> bytes:
        try:
            return text.encode(charset, "replace")
        except LookupError:
            return text.encode("utf-8", "replace")

    # ------------------------------------------------------------ bodies
    def _body(self) -> tuple[list[bytes], bytes]:
        kinds = (self._plain, self._html, self._mixed, self._mixed, self._garbage)
        return self._random.choice(kinds)()

    def _plain(self) -> tuple[list[bytes], bytes]:
        charset = self._random.choice(CHARSETS)
        text = "\n".join(self.text() for _ in range(5))
        head = [f'Content-Type: text/plain; charset="{charset}"; format=flowed'.encode()]
        return self._coded(head, self._bytes(text, charset) + self._random.choice((b"", *BROKEN_BYTES)))

    def _html(self) -> tuple[list[bytes], bytes]:
        marks = "".join(f"&#{ord(x)};" if self._random.random() < 0.5 else f"&#x{ord(x):x};" for x in self.text())
        html = (
            f"<html><head><title>{self.text()}</title><style>p {{ content: '\x1b[2J' }}</style></head><body>"
            f"<p title='{self.text()}'>{marks}</p><pre>{self.text()}</pre><img alt='{self.text()}' src='x'>"
            f"<a href='https://evil.example/{self.text()}'>bank.example {self.text()}</a>"
            f"<table><tr><td>{self.text()}</table>"
        )
        return self._coded([b"Content-Type: text/html; charset=utf-8"], html.encode("utf-8", "replace"))

    def _mixed(self) -> tuple[list[bytes], bytes]:
        parts = []
        for _ in range(self._random.randint(1, 4)):
            kind, body = self._random.choice((self._plain, self._html, self._attachment))()
            parts.append(b"--=b\r\n" + b"\r\n".join([*kind, b"", body]) + b"\r\n")
        end = self._random.choice((b"--=b--\r\n", b""))
        return [b'Content-Type: multipart/mixed; boundary="=b"'], b"".join(parts) + end

    def _attachment(self) -> tuple[list[bytes], bytes]:
        name = self.text()
        coded = "".join(f"%{x:02X}" for x in name.encode("utf-8", "replace")).encode()
        named = self._random.choice((
            b"filename*=utf-8''" + coded,
            b'filename="' + self._base64_word(name) + b'"',
            b'filename="' + self._raw(name).replace(b'"', b"") + b'"',
            b"filename*0*=utf-8''" + coded[:9] + b"; filename*1*=" + coded[9:],
        ))  # fmt: skip
        kind = self._random.choice((b"application/pdf", b"application/\x1b[2J", b"image/png", b"message/rfc822"))
        return self._coded(
            [b"Content-Type: " + kind, b"Content-Disposition: attachment; " + named], name.encode("utf-8", "replace")
        )

    def _garbage(self) -> tuple[list[bytes], bytes]:
        return [b"Content-Type: \x1b[2J/pwned; charset=\x07"], self._random.randbytes(300)

    def _coded(self, head: list[bytes], body: bytes) -> tuple[list[bytes], bytes]:
        way = self._random.choice(("8bit", "base64", "quoted-printable", "x-\x1b[2J"))
        coded = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(way, bytes)(body)
        return [*head, b"Content-Transfer-Encoding: " + way.encode()], coded
