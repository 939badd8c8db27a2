"""How much of one email is read (Z15). More is cut, and the record says so by one of the codes here.

Each limit is on what is kept or entered, so that no input costs more than a constant times its length.
"""

from enum import StrEnum
from typing import Final

MAX_HEADER_BYTES: Final = 256 * 1024  # of the fields that we read
MAX_ADDRESSES: Final = 1000
MAX_REFERENCES: Final = 200
MAX_PARTS: Final = 1000
MAX_DEPTH: Final = 50
MAX_SUBJECT: Final = 2000  # characters: a list shows many at once
MAX_NAME: Final = 500
MAX_FIELD: Final = 10_000  # characters of any other header text
MAX_VERDICTS: Final = 20  # Authentication-Results fields
MAX_TEXT: Final = 1_000_000  # characters of body text; the bytes are kept whole
MAX_HTML: Final = 2_000_000  # characters of HTML that are read
MAX_LINKS: Final = 1000
MAX_INDEX_BYTES: Final = 256 * 1024
MAX_SNIPPET: Final = 160


class Cut(StrEnum):
    """What was cut, or could not be read in full."""

    HEADER_SIZE = "header_size"
    ADDRESSES = "addresses"
    REFERENCES = "references"
    PARTS = "parts"
    DEPTH = "depth"
    TEXT_SIZE = "text_size"
    UNDECODABLE = "undecodable"
