"""The text of a PDF, by pypdf: page by page, so that a long one is cut instead of read whole."""

import io
import logging
from typing import Final

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, PyPdfError

MAX_PAGES: Final = 300

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it would quote the file


def pdf_text(data: bytes, *, most: int) -> str:
    """Its pages' words, at most so many characters."""
    from store.mime.file_text import CannotRead  # noqa: PLC0415 - which imports this one

    told: list[str] = []
    size = 0
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise CannotRead("encrypted")
        for number, page in enumerate(reader.pages):
            if number >= MAX_PAGES or size > most:
                break
            text = page.extract_text()
            told.append(text)
            size += len(text)
    except FileNotDecryptedError:
        raise CannotRead("encrypted") from None
    except PyPdfError:
        if not told:
            raise CannotRead("damaged") from None
    return "\n".join(told)
