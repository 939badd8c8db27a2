"""Sentences and languages: what is spoken for whom, that the translations are whole, compiled and short enough."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support import messages
from tui import i18n, keys
from tui.cli import usage
from tui.cli.run import run
from tui.plain import width
from tui.screens import compose, outbox, sync_words
from tui.widgets.folder_list import NAMES
from tui.widgets.keys_bar import GAP, OUT

MAKE = "run `make messages`"
TRANSLATIONS = sorted(messages.translations().items())
LANGUAGES = ["en", *dict(TRANSLATIONS)]
NARROW = 80  # the smallest terminal there are screens for
LAST_SEEN = frozenset({"help", "discard"})  # what stands behind these in the line of keys may be left out there
FOLDER_CELLS = 14  # of the folders' pane on it, beside a count of three digits
# Each with a blank less than the column has.
COMPOSE_CELLS, FORM_CELLS, STATE_CELLS, RECIPIENT_CELLS = 8, 23, 14, 11


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    i18n.set_language("en")
    usage.speak()


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


def test_the_catalogue_takes_every_sentence_wherever_it_stands() -> None:
    found = {form for message in messages.extract() for form in _forms(message.id)}
    for path in sorted((messages.ROOT / "tui").rglob("*.py")):
        assert _said(path.read_text(encoding="utf-8")) - found == set(), path


def test_a_sentence_inside_an_f_string_is_found() -> None:
    source = 'f\'{_("one")} {[_("two")]!r} {ngettext("a crow", "crows", 2):>{_("wide")}}\' + _(\'three\')'
    assert set(messages.in_f_strings(source)) == {"one", "two", ("a crow", "crows"), "wide"}


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("place", keys.Place)
def test_what_must_be_seen_of_the_line_of_keys_fits_on_the_smallest_terminal(tag: str, place: keys.Place) -> None:
    i18n.set_language(tag)
    meant = keys.footer(place)
    line = [key for key in meant if key.action != OUT]
    way_out = "".join(f" {key.shown} {key.brief_label} " for key in meant if key.action == OUT)
    seen = next((n for n, key in enumerate(line, start=1) if key.action in LAST_SEEN), len(line))
    shown = GAP.join(f"{key.shown} {key.brief_label}" for key in line[:seen])
    assert width(f" {shown} ") + width(way_out) <= NARROW


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_views_fit_beside_their_counts(tag: str) -> None:
    i18n.set_language(tag)
    assert _wider(NAMES.values(), FOLDER_CELLS) == []


@pytest.mark.parametrize("tag", LANGUAGES)
def test_words_fit_in_their_columns(tag: str) -> None:
    i18n.set_language(tag)
    assert _wider(compose.LABELS.values(), COMPOSE_CELLS) == []
    assert _wider(sync_words.FIELDS.values(), FORM_CELLS) == []
    assert _wider((word for word, _look in outbox.STATES.values()), STATE_CELLS) == []
    assert _wider((word for word, _look in outbox.RECIPIENT.values()), RECIPIENT_CELLS) == []


@pytest.mark.parametrize(
    ("arguments", "english", "spanish"),
    [(["nonsense"], "invalid choice: 'nonsense'", "valor no válido: 'nonsense'"),
     (["done"], "the following arguments are required: THREAD", "faltan estos argumentos: THREAD"),
     (["sync", "--timeout", "x"], "argument --timeout: invalid", "argumento --timeout: valor no válido"),
     (["show", "--text", "--raw", "x"], "not allowed with", "no se admite junto con"),
     (["done", "x", "--nonsense"], "unrecognized arguments", "argumentos no reconocidos"),
     (["--as"], "usage: postroom", "uso: postroom")],
)  # fmt: skip
def test_wrong_usage_is_told_in_the_language_of_the_environment(
    arguments: list[str],
    english: str,
    spanish: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for tag, sentence in (("en", english), ("es_ES.UTF-8", spanish), ("en", english)):
        monkeypatch.setenv("LC_ALL", tag)
        assert run(arguments) == 2
        told = capsys.readouterr()
        assert sentence in told.err
        assert told.out == ""


def test_help_is_given_in_the_language_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "es_ES.UTF-8")
    assert run(["sync", "--help"]) == 0
    told = capsys.readouterr().out
    assert [word for word in ("usage", "options", "arguments", "show this") if word in told] == []


def _wider(words: Iterable[str], cells: int) -> list[str]:
    """Those that take more room in the language now spoken."""
    return [said for said in map(i18n._, words) if width(said) > cells]


def _said(source: str) -> set[str]:
    """What is handed to gettext in a module."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    named = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id in messages.KEYWORDS)
    parts = (part.value for call in named for part in call.args if isinstance(part, ast.Constant))
    return {part for part in parts if isinstance(part, str)}


def _forms(said: str | list[str] | tuple[str, ...] | None) -> list[str]:
    return [said] if isinstance(said, str) else list(said or ())


def _places(sentence: str) -> set[str]:
    return set(re.findall(r"(?<!\{)\{([a-z_]+)[^}]*\}|%\((\w+)\)|(%[sr])", sentence))
