"""The one road of every sentence to a person: gettext, in the person's language.

Must not be used below tui/: there errors and notices are codes with arguments. Nothing is read at import time; a
sentence that is made before the language is known (a module's constant, a binding) is marked with `N_` where it
stands and put through `_` where it is shown.
"""

import gettext
import os
from collections.abc import Mapping
from pathlib import Path

DOMAIN = "postroom"
LOCALE = Path(__file__).with_name("locale")
SOURCE_LANGUAGE = "en"


class _Spoken:
    """The language now spoken; found in the environment when the first sentence is asked for."""

    def __init__(self) -> None:
        self.tag = ""
        self.catalogue: gettext.NullTranslations | None = None

    def now(self) -> gettext.NullTranslations:
        return self.catalogue or self.speak(wanted(os.environ))

    def speak(self, tags: tuple[str, ...]) -> gettext.NullTranslations:
        self.tag = next((tag for tag in map(_closest, tags) if tag), SOURCE_LANGUAGE)
        self.catalogue = gettext.NullTranslations()
        if self.tag != SOURCE_LANGUAGE:
            self.catalogue = gettext.translation(DOMAIN, str(LOCALE), languages=[self.tag])
        return self.catalogue


_spoken = _Spoken()


def _(sentence: str) -> str:
    """The sentence in the language now spoken."""
    return _spoken.now().gettext(sentence)


def ngettext(one: str, many: str, count: int) -> str:
    """The sentence for `count` things; `{count}` is the caller's to fill in."""
    return _spoken.now().ngettext(one, many, count)


def N_(sentence: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a sentence for the catalogue without translating it yet."""
    return sentence


def set_language(tag: str | None) -> str:
    """Speak the language of `tag` ("es", "es-MX", "en_GB.UTF-8"), for None the environment's; say what is spoken."""
    _spoken.speak(wanted(os.environ) if tag is None else (tag,))
    return _spoken.tag


def language() -> str:
    """The tag of the language now spoken."""
    _spoken.now()
    return _spoken.tag


def wanted(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The languages a person's environment asks for, best first, by POSIX: the first of these variables that is set."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return (value,)
    return ()


def _closest(tag: str) -> str | None:
    """The language we have for a tag: itself, or the one without its country; None if there is none."""
    name = tag.partition(".")[0].partition("@")[0].replace("-", "_")
    for candidate in (name, name.partition("_")[0].lower()):
        if candidate == SOURCE_LANGUAGE or (candidate.isidentifier() and _has(candidate)):
            return candidate
    return None


def _has(tag: str) -> bool:
    return (LOCALE / tag / "LC_MESSAGES" / f"{DOMAIN}.mo").is_file()
