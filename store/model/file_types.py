"""Which files have text that can be looked for: by their media type, else by their name's ending."""

from typing import Final

PDF: Final = "pdf"
OFFICE: Final = "office"  # zip with XML: docx, xlsx, pptx, odt, ods, odp
RTF: Final = "rtf"
HTML: Final = "html"
TEXT: Final = "text"

_TYPES: Final = (
    ("application/pdf", PDF), ("application/vnd.openxmlformats-officedocument", OFFICE),
    ("application/vnd.oasis.opendocument", OFFICE), ("application/rtf", RTF), ("text/rtf", RTF), ("text/html", HTML),
    ("application/xhtml", HTML), ("text/plain", TEXT), ("text/csv", TEXT), ("text/tab-separated-values", TEXT),
    ("text/markdown", TEXT),
)  # fmt: skip
_ENDINGS: Final = {
    ".pdf": PDF, ".docx": OFFICE, ".docm": OFFICE, ".xlsx": OFFICE, ".xlsm": OFFICE, ".pptx": OFFICE, ".odt": OFFICE,
    ".ods": OFFICE, ".odp": OFFICE, ".rtf": RTF, ".html": HTML, ".htm": HTML, ".txt": TEXT, ".csv": TEXT, ".tsv": TEXT,
    ".md": TEXT,
}  # fmt: skip


def readable_as(type_: str, name: str) -> str | None:
    """What it is read as; None: nothing is looked for in it."""
    found = next((kind for start, kind in _TYPES if type_.startswith(start)), None)
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    return found or _ENDINGS.get(ending)
