"""The text of attached files, for looking things up ([T4], Z27): PDF, Office files, RTF, HTML, plain text.

Runs in a worker of its own, which has limits on memory and time; here stand those on pages, members of archives, their
unpacked bytes and the text. Raises CannotRead with a code; whatever a library raises is one too.
"""

import re
from typing import Final

from store.mime.charsets import decode
from store.mime.html_text import read_html
from store.mime.limits import MAX_HTML
from store.model import file_types

MAX_FILE_TEXT: Final = 256 * 1024  # characters
MAX_BYTES: Final = 32 << 20

_RTF: Final = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,6}) ?\??|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\([^a-zA-Z])|([{}])"
    rb"|([\r\n]+)|([^\\{}\r\n]+)"
)
_RTF_HIDDEN: Final = frozenset(
    b"fonttbl colortbl stylesheet info pict object themedata datastore listtable rsidtbl generator".split()
)
_RTF_BREAKS: Final = frozenset((b"par", b"line", b"row", b"sect", b"page", b"tab", b"cell"))


class CannotRead(Exception):
    """Codes: too_large, encrypted, damaged, no_text, bomb, not_readable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def file_text(data: bytes, kind: str) -> str:
    """The words of a file, on lines as they come; cut at MAX_FILE_TEXT."""
    if len(data) > MAX_BYTES:
        raise CannotRead("too_large")
    try:
        text = _read(data, kind)
    except CannotRead:
        raise
    except MemoryError:
        raise CannotRead("bomb") from None
    except Exception:  # noqa: BLE001 - whatever a sender can think of
        raise CannotRead("damaged") from None
    clean = "\n".join(line for raw in text[:MAX_FILE_TEXT].splitlines() if (line := " ".join(raw.split())))
    if not clean:
        raise CannotRead("no_text")  # a scan, for example
    return clean.encode("utf-8", "replace").decode()


def _read(data: bytes, kind: str) -> str:
    match kind:
        case file_types.PDF:
            from store.mime.pdf_text import pdf_text  # noqa: PLC0415 - half a second that few workers need

            return pdf_text(data, most=MAX_FILE_TEXT)
        case file_types.OFFICE:
            from store.mime.office_text import office_text  # noqa: PLC0415 - as above

            return office_text(data, most=MAX_FILE_TEXT)
        case file_types.RTF:
            return rtf_text(data)
        case file_types.HTML:
            return read_html(decode(data[: 4 * MAX_HTML]).text[:MAX_HTML]).text
        case file_types.TEXT:
            return decode(data[: 4 * MAX_FILE_TEXT]).text
        case _:
            raise CannotRead("not_readable")


def rtf_text(data: bytes) -> str:
    """RTF without its markup: enough to find words by. One walk, no nesting of ours."""
    told: list[str] = []
    size, depth, hidden = 0, 0, 0  # hidden: the depth at which what is not text began
    for found in _RTF.finditer(data):
        hex_, code, word, _number, symbol, brace, _line, plain = found.groups()
        if brace == b"{":
            depth += 1
        elif brace == b"}":
            hidden = 0 if hidden >= depth else hidden
            depth = max(0, depth - 1)
        elif not hidden and (symbol == b"*" or (word is not None and word in _RTF_HIDDEN)):
            hidden = max(1, depth)
        elif not hidden:
            piece = _rtf_piece(hex_, code, word, symbol, plain)
            told.append(piece)
            size += len(piece)
        if size > MAX_FILE_TEXT:
            break
    return "".join(told)


def _rtf_piece(
    hex_: bytes | None, code: bytes | None, word: bytes | None, symbol: bytes | None, plain: bytes | None
) -> str:
    if hex_ is not None:
        return bytes((int(hex_, 16),)).decode("cp1252", "replace")
    if code is not None:
        return chr(int(code) % 0x10000)
    if word is not None:
        return "\n" if word in _RTF_BREAKS else ""
    if symbol is not None:
        return {b"~": " ", b"_": "-"}.get(symbol, symbol.decode("latin-1") if symbol in b"\\{}" else "")
    return (plain or b"").decode("cp1252", "replace")
