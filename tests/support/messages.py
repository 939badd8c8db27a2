"""The catalogue of sentences: taken out of tui/ with babel, merged into each translation, compiled.

`make messages` runs this as a program; the test of the catalogue asks it what a run would write.
"""

import ast
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "tui" / "locale"
TEMPLATE = LOCALE / "postroom.pot"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
AUTHORS = "the postroom authors"
# A date in the header would make each run a change.
MADE = datetime(2026, 1, 1, tzinfo=UTC)


def extract() -> Catalog:
    """The sentences that the code holds now."""
    template = _catalogue()
    found = extract_from_dir(
        ROOT / "tui", method_map=[("**.py", "python")], keywords=KEYWORDS, comment_tags=("For translators:",)
    )
    for name, _line, sentence, comments, context in sorted(found, key=lambda row: (row[0], row[1])):
        template.add(sentence, locations=[(f"tui/{name}", 0)], auto_comments=comments, context=context)
    for path in sorted((ROOT / "tui").rglob("*.py")):
        for sentence in in_f_strings(path.read_text(encoding="utf-8")):
            template.add(sentence, locations=[(str(path.relative_to(ROOT)), 0)])
    return template


def in_f_strings(source: str) -> Iterator[str | tuple[str, ...]]:
    """The sentences inside f-strings: before Python 3.12 these are one token, and babel does not look into it."""
    f_strings = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr))
    for node in (inner for f_string in f_strings for inner in ast.walk(f_string)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            said = tuple(part.value for part in node.args if isinstance(part, ast.Constant))
            texts = tuple(text for text in said if isinstance(text, str))
            if texts:
                yield texts if node.func.id == "ngettext" else texts[0]


def translations() -> dict[str, Path]:
    """Language → its .po file."""
    return {path.parts[-3]: path for path in sorted(LOCALE.glob("*/LC_MESSAGES/postroom.po"))}


def read(path: Path, tag: str | None = None) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=tag)


def compiled(catalogue: Catalog) -> bytes:
    """What the .mo file of a translation holds; an uncertain (fuzzy) sentence stays out."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def untranslated(tag: str, path: Path) -> list[str]:
    """The sentences of the code that this translation lacks or holds as uncertain."""
    have = read(path, tag)
    lacking = []
    for message in extract():
        said = have.get(message.id, message.context) if message.id else None
        if message.id and (said is None or said.fuzzy or not _whole(said.string)):
            lacking.append(str(message.id))
    return lacking


def _whole(string: str | list[str] | tuple[str, ...] | None) -> bool:
    return all(string) if isinstance(string, (list, tuple)) else bool(string)


def _catalogue(tag: str | None = None) -> Catalog:
    return Catalog(
        locale=tag,
        domain="postroom",
        header_comment="# postroom's sentences; kept in step with tui/ by `make messages`.",
        project="postroom",
        version="1",
        msgid_bugs_address=AUTHORS,
        last_translator=AUTHORS,
        language_team=AUTHORS,
        charset="utf-8",
        creation_date=MADE,
        revision_date=MADE,
        fuzzy=False,
    )


def _write(catalogue: Catalog, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        write_po(out, catalogue, width=110, sort_output=True, include_lineno=False, ignore_obsolete=True)


def main() -> None:
    template = extract()
    _write(template, TEMPLATE)
    for tag, path in translations().items():
        catalogue = read(path, tag) if path.stat().st_size else _catalogue(tag)
        catalogue.update(template, no_fuzzy_matching=True)
        _write(catalogue, path)
        path.with_suffix(".mo").write_bytes(compiled(read(path, tag)))


if __name__ == "__main__":
    main()
