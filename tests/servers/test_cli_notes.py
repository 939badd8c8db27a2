"""Notes on clients and their activity, and a part of the journal, by commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    with Cli(tmp_path / "home") as cli:
        yield cli


def test_notes_are_written_worded_otherwise_and_taken_away(cli: Cli) -> None:
    cli.one("client", "add", "Byron")
    made = cli.one("client", "note", "Byron", stdin="Calls on Fridays.\n")
    assert (made["done"], made["undo"]) == (True, "put_note")
    again = cli.one("client", "note", "Byron", "--note", made["note"], stdin="Calls on *Mondays*.")
    (told,) = cli.rows("client", "notes", "Byron")
    assert (told["note"], told["text"]) == (again["note"], "Calls on *Mondays*.")
    cli.one("client", "note", "Byron", "--remove", told["note"])
    assert cli.rows("client", "notes", "Byron") == []
    cli.one("undo")
    assert len(cli.rows("client", "notes", "Byron")) == 1


def test_what_was_done_is_told_in_sentences_and_as_a_part_of_the_journal(cli: Cli) -> None:
    cli.one("client", "add", "Byron")
    cli.one("client", "add", "Blum")
    cli.one("client", "note", "Byron", stdin="planted-words")
    told = cli.rows("client", "activity", "Byron")
    assert [row["action"] for row in told] == ["put_note", "add_client"]
    assert told[0]["sentence"].startswith("wrote a note")
    assert [row["action"] for row in cli.rows("journal", "--client", "Byron")] == ["add_client", "put_note"]
    assert len(cli.rows("journal", "--member", told[0]["member"])) == 3
    assert "planted" not in repr(cli.rows("journal"))
