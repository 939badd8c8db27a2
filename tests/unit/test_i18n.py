"""Sentences and languages: what is spoken for whom, and that the translations are whole and compiled."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import messages
from tui import i18n

MAKE = "run `make messages`"
TRANSLATIONS = sorted(messages.translations().items())


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    i18n.set_language("en")


@pytest.mark.parametrize(
    ("tag", "spoken"),
    [("es", "es"), ("es-MX", "es"), ("es_ES.UTF-8", "es"), ("en", "en"), ("en_GB.UTF-8", "en"), ("C.UTF-8", "en"),
     ("de", "en"), ("", "en"), ("../../etc", "en"), ("es/../es", "en")],
)  # fmt: skip
def test_the_closest_language_is_spoken(tag: str, spoken: str) -> None:
    assert i18n.set_language(tag) == spoken
    assert i18n.language() == spoken


@pytest.mark.parametrize(
    ("environ", "spoken"),
    [({"LANG": "es_ES.UTF-8"}, "es"), ({"LC_ALL": "C", "LANG": "es"}, "en"), ({}, "en"),
     ({"LC_MESSAGES": "es", "LANG": "en"}, "es")],
)  # fmt: skip
def test_without_a_tag_the_environment_decides(
    environ: dict[str, str], spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert i18n.set_language(None) == spoken


def test_a_sentence_without_translation_is_said_in_english() -> None:
    i18n.set_language("es")
    assert i18n._("no such sentence") == "no such sentence"
    assert i18n.ngettext("{count} crow", "{count} crows", 2) == "{count} crows"
    assert i18n.N_("later") == "later"


def test_there_is_a_spanish_one() -> None:
    assert "es" in dict(TRANSLATIONS)


@pytest.mark.parametrize(("tag", "path"), TRANSLATIONS)
def test_what_is_compiled_is_what_was_translated(tag: str, path: Path) -> None:
    assert path.with_suffix(".mo").read_bytes() == messages.compiled(messages.read(path, tag)), MAKE


@pytest.mark.parametrize(("tag", "path"), TRANSLATIONS)
def test_every_sentence_is_translated(tag: str, path: Path) -> None:
    assert messages.untranslated(tag, path) == []


@pytest.mark.parametrize(("tag", "path"), TRANSLATIONS)
def test_a_translation_fills_in_the_same_things(tag: str, path: Path) -> None:
    odd = []
    for message in messages.read(path, tag):
        asked, said = _forms(message.id), [line for line in _forms(message.string) if line]
        odd += [line for line in said if _places(line) - set().union(*map(_places, asked))]
        odd += [line for line in said[-1:] if _places(asked[-1]) - _places(line)]
    assert odd == []


def test_the_template_holds_the_sentences_of_the_code() -> None:
    kept, found = messages.read(messages.TEMPLATE), messages.extract()
    assert sorted(str(message.id) for message in found) == sorted(str(message.id) for message in kept), MAKE


def _forms(said: str | list[str] | tuple[str, ...] | None) -> list[str]:
    return [said] if isinstance(said, str) else list(said or ())


def _places(sentence: str) -> set[str]:
    return set(re.findall(r"(?<!\{)\{([a-z_]+)[^}]*\}", sentence))
