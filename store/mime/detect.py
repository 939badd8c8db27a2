"""What a file really is: by its first bytes, and only where they say nothing by its name (Z26 depends on it).

A picture or document that does not begin like one is no such thing, whatever it was declared to be.
"""

from typing import Final

_UNKNOWN: Final = "application/octet-stream"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_STARTS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
    (b"#!", "text/x-script"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
)
_MARKUP: Final = (
    (b"<!doctype html", "text/html"), (b"<html", "text/html"), (b"<script", "text/html"), (b"<svg", "image/svg+xml"),
    (b"begin:vcalendar", "text/calendar"), (b"begin:vcard", "text/vcard"),
)  # fmt: skip
_BY_NAME: Final = {
    "docx": _OFFICE + "wordprocessingml.document", "xlsx": _OFFICE + "spreadsheetml.sheet",
    "pptx": _OFFICE + "presentationml.presentation", "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet", "odp": "application/vnd.oasis.opendocument.presentation",
    "docm": "application/vnd.ms-word.document.macroenabled.12",
    "xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook", "txt": "text/plain", "csv": "text/csv", "ics": "text/calendar",
    "vcf": "text/vcard", "eml": "message/rfc822", "xml": "application/xml", "json": "application/json",
    "mp3": "audio/mpeg", "mp4": "video/mp4", "webp": "image/webp",
}  # fmt: skip
_INSIDE: Final = {
    "application/zip": frozenset(["docx", "xlsx", "pptx", "odt", "ods", "odp", "docm", "xlsm"]),
    "application/x-ole-storage": frozenset(["doc", "xls", "ppt", "msg"]),
    _UNKNOWN: frozenset(["txt", "csv", "ics", "vcf", "eml", "xml", "json", "mp3", "mp4"]),
}
_ACTIVE: Final = frozenset(["application/x-msdownload", "application/x-executable"])
# Declared as one of these it must begin like it.
_SURE: Final = frozenset(["application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"])
# Declared kinds that live in such a container, or are finer words for it.
_CONTAINED: Final = {
    "application/zip": (
        "application/vnd.openxmlformats", "application/vnd.oasis", "application/vnd.ms-", "application/x-zip",
    ),
    "application/x-ole-storage": ("application/msword", "application/vnd.ms-", "application/x-msi"),
    "application/rtf": ("text/rtf", "application/msword"),
    "application/gzip": ("application/x-gzip", "application/x-tar", "application/x-compressed"),
    "application/ms-tnef": ("application/vnd.ms-tnef",),
    "text/html": ("text/", "application/xhtml", "message/"),
    "image/svg+xml": ("text/",),
    "text/x-script": ("text/", "application/x-sh", "application/x-perl", "application/x-python"),
    "text/calendar": ("text/", "application/ics"),
    "text/vcard": ("text/x-vcard", "text/directory", "text/plain"),
}  # fmt: skip


def detect(data: bytes, *, declared: str, name: str) -> str:
    """The media type in lower case."""
    seen = _seen(data)
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    generic = declared in ("", _UNKNOWN, "application/binary", "application/x-download", "application/force-download")
    if seen in _ACTIVE:
        return seen
    if seen:
        if extension in _INSIDE.get(seen, ()):
            return _BY_NAME[extension]
        finer = not generic and declared.startswith(_CONTAINED.get(seen, ()))
        return declared if finer or _is_other_text(declared, seen) else seen
    if generic:
        return _BY_NAME[extension] if extension in _INSIDE[_UNKNOWN] else _UNKNOWN
    return _UNKNOWN if declared in _SURE else declared


def _is_other_text(declared: str, seen: str) -> bool:
    """Two letters at the start of a text prove little."""
    return declared.startswith(("text/", "message/")) and seen in ("application/gzip", "text/x-script")


def _seen(data: bytes) -> str:
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    head = data[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"<?xml"):
        head = head.partition(b"?>")[2].lstrip()
    return next((kind for start, kind in _MARKUP if head.startswith(start)), "")
