"""Whether a link's text promises another place than its target: the commonest trick of phishing."""

import re
from typing import Final
from urllib.parse import urlsplit

_PROMISED: Final = re.compile(
    r"(?:[a-z][a-z0-9+.-]{0,20}://)?(?:[^\s/@]{1,100}@)?((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})(?:[/:?#]\S*)?",
    re.IGNORECASE,
)
_SECOND_LEVEL: Final = frozenset(["ac", "co", "com", "edu", "gob", "gov", "net", "nom", "org"])
_FILES: Final = frozenset(["doc", "docx", "eml", "htm", "html", "jpg", "pdf", "png", "txt", "xls", "xlsx", "zip"])


def suspicious(text: str, target: str) -> bool:
    """True where the text names a host or address that the target does not lead to, or the target hides its host."""
    try:
        split = urlsplit(target.strip())
        host = (split.hostname or "").lower()
    except ValueError:
        return True
    if split.scheme.lower() not in ("http", "https"):
        return split.scheme.lower() not in ("mailto", "tel", "")
    if split.username is not None or not host or host.startswith("xn--") or ".xn--" in host:
        return True
    promised = _PROMISED.fullmatch(text.strip().strip("<>()[].,;:"))
    if promised is None:
        return False
    name = promised.group(1).lower()
    return name.rpartition(".")[2] not in _FILES and _site(name) != _site(host)


def _site(host: str) -> str:
    """The part that somebody registered, as far as it can be told without a list."""
    labels = host.rstrip(".").split(".")
    many = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-many:])
