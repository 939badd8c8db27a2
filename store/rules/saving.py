"""Which attachments save themselves ([A1], [A2], Z19): pure choices over what is known of a mail and its parts.

Invariant: nothing is saved by itself from a mail whose sender is not vouched for, nor what is part of how a mail looks.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from store.model.copy import Part
from store.model.evidence import Kind

SMALL_PICTURE: Final = 8 << 10  # bytes: an icon
SIGNATURE_PICTURE: Final = 200 << 10  # bytes: what comes again and again up to this size is a logo
SILENT_KINDS: Final = frozenset({Kind.BOUNCE, Kind.CALENDAR_ANSWER})

_OFFICE: Final = (
    "application/msword", "application/vnd.ms-", "application/vnd.openxmlformats-officedocument",
    "application/vnd.oasis.opendocument", "application/rtf", "text/rtf", "application/vnd.apple.",
)  # fmt: skip
_OFFICE_ENDINGS: Final = (
    ".doc", ".docx", ".docm", ".dot", ".dotx", ".xls", ".xlsx", ".xlsm", ".xlsb", ".ppt", ".pptx", ".pps", ".ppsx",
    ".odt", ".ods", ".odp", ".rtf", ".pages", ".numbers", ".key",
)  # fmt: skip
# What a name may make finer: anything else is what its bytes say (Z26).
_SAY_LITTLE: Final = ("application/octet-stream", "application/zip", "application/x-ole-storage")
_TEXT_ENDINGS: Final = (".txt", ".csv", ".xml", ".json", ".html", ".htm", ".md")


class Trust(StrEnum):
    """What may be done by itself with a mail."""

    SAVE = "save"
    WAIT = "wait"  # for a person's word
    LEAVE = "leave"  # it is not of the kind


def trust(*, vouched: bool, kind: Kind, from_member: bool) -> Trust:
    """Whether a mail's attachments may save themselves; `vouched`: see rules.vouching."""
    if from_member or kind in SILENT_KINDS:
        return Trust.LEAVE
    return Trust.SAVE if vouched else Trust.WAIT


def sort_of(part: Part) -> str:
    """office, pdf, images, text or other."""
    name = part.name.lower() if part.type in _SAY_LITTLE else ""
    if part.type == "application/pdf" or name.endswith(".pdf"):
        return "pdf"
    if part.type.startswith(_OFFICE) or name.endswith(_OFFICE_ENDINGS):
        return "office"
    if part.type.startswith("image/") and part.type != "image/svg+xml":
        return "images"
    if part.type.startswith("text/") or name.endswith(_TEXT_ENDINGS):
        return "text"
    return "other"


def worth_saving(part: Part, *, types: Collection[str], elsewhere: Collection[str]) -> bool:
    """Whether a part is a document. `elsewhere`: SHA-256 of what stood in other mails of its sender."""
    sort = sort_of(part)
    if sort not in types or not part.size:
        return False
    return sort != "images" or not is_decoration(part, elsewhere=elsewhere)


def is_decoration(part: Part, *, elsewhere: Collection[str]) -> bool:
    """A picture that is part of how the mail looks: shown inside its text, an icon, or a logo that comes each time."""
    if part.inline or part.size <= SMALL_PICTURE:
        return True
    return part.size <= SIGNATURE_PICTURE and part.sha256 in elsewhere
