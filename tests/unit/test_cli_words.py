"""The pure parts of the command line: dates, servers, files, and that every code has its sentence."""

import asyncio
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.errors import BadRequest, DeskError, NotFound
from tui.cli.files import PIECE, decode_utf7, local_copies, mail_files
from tui.cli.output import encode, when
from tui.cli.run import parser
from tui.history import history_from
from tui.sentences import sentence

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", None),
        ("1d", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
    ],
)
def test_history_is_a_moment(text: str, expected: datetime | None) -> None:
    assert history_from(text, now=NOW) == (expected and int(expected.timestamp()))


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("12m", NOW, datetime(2025, 11, 24, 12, tzinfo=UTC)),
        ("2y", NOW, datetime(2024, 11, 24, 12, tzinfo=UTC)),
        ("11m", NOW, datetime(2025, 12, 24, 12, tzinfo=UTC)),
        ("1m", datetime(2026, 3, 31, tzinfo=UTC), datetime(2026, 2, 28, tzinfo=UTC)),
        ("1y", datetime(2024, 2, 29, tzinfo=UTC), datetime(2023, 2, 28, tzinfo=UTC)),
        ("90000m", NOW, datetime(1970, 1, 1, tzinfo=UTC)),
        ("9999999d", NOW, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_history_goes_back_to_the_same_day(text: str, now: datetime, expected: datetime) -> None:
    assert history_from(text, now=now) == int(expected.timestamp())


@pytest.mark.parametrize("text", ["", "m", "12 months", "yesterday", "2026-13-01", "-5m", "+5d", "1_0d", "²m"])
def test_a_history_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        history_from(text, now=NOW)


def test_times_are_in_utc() -> None:
    assert when(0) == "1970-01-01T00:00:00Z"
    assert when(None) is None
    assert when(10**18) is None


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3))
def test_json_holds_nothing_that_acts_on_a_terminal(value: dict[str, str]) -> None:
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", encode(value))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Entw&APw-rfe", "Entwürfe"), ("A&-B", "A&B"), ("plain", "plain"), ("&####-", "&####-"), ("&2D0-", "&2D0-")],
)
def test_folder_names_of_a_maildir_are_decoded(name: str, expected: str) -> None:
    assert decode_utf7(name) == expected


def _maildir(top: Path, mails: dict[str, bytes]) -> None:
    for sub in ("cur", "new", "tmp"):
        (top / sub).mkdir(parents=True)
    for name, raw in mails.items():
        (top / ("cur" if ":2," in name else "new") / name).write_bytes(raw)


def test_a_maildir_is_read_with_its_folders_and_flags(tmp_path: Path) -> None:
    _maildir(tmp_path, {"1:2,SF": b"Subject: a\n\n", "2": b"Subject: b\n\n"})
    _maildir(tmp_path / ".Archive.2020", {"3:2,": b"Subject: c\n\n"})
    found = {(mail.folder, mail.path.name): mail.flags for mail in mail_files([str(tmp_path)])}
    assert found == {
        ("INBOX", "1:2,SF"): ("\\Seen", "\\Flagged"),
        ("INBOX", "2"): (),
        ("Archive/2020", "3:2,"): (),
    }


def test_what_lies_beside_a_maildir_is_not_left_out(tmp_path: Path) -> None:
    _maildir(tmp_path / "mail", {"1:2,S": b"From nobody here\n\n", "2.eml": b"Subject: b\n\n"})
    (tmp_path / "old").write_bytes(b"From x@y Mon Nov 23 10:00:00 2026\nSubject: c\n\n")
    (tmp_path / "OUTLOOK.EML").write_bytes(b"Subject: d\n\n")
    (tmp_path / "notes.txt").write_text("x")
    found = {(mail.folder, mail.path.name, mail.is_mbox) for mail in mail_files([str(tmp_path)])}
    assert found == {
        ("mail", "1:2,S", False),
        ("mail", "2.eml", False),
        ("old", "old", True),
        ("INBOX", "OUTLOOK.EML", False),
    }


def test_a_folder_whose_name_is_no_text_comes_in(tmp_path: Path) -> None:
    _maildir(Path(os.fsdecode(os.fsencode(tmp_path) + b"/Jahr \xe4")), {"1": b"Subject: a\n\n"})

    async def folders() -> list[str]:
        return [copy.folder async for copy in local_copies([str(tmp_path)])]

    assert asyncio.run(folders()) == ["Jahr \N{REPLACEMENT CHARACTER}"]


def test_a_folder_of_eml_files_keeps_its_order(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        (tmp_path / f"{number}.eml").write_bytes(b"Subject: x\n\n")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.eml").write_bytes(b"\n")
    assert [(mail.folder, mail.path.name) for mail in mail_files([str(tmp_path)])] == [
        ("INBOX", "1.eml"),
        ("INBOX", "2.eml"),
        ("INBOX", "10.eml"),
        ("below", "a.eml"),
    ]


def test_a_path_without_mail_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(BadRequest):
        list(mail_files([str(tmp_path)]))


def test_a_long_mail_comes_in_pieces_and_knows_its_date(tmp_path: Path) -> None:
    raw = b"Subject: x\r\nDate: Fri, 30 Oct 2026 10:00:00 +0000\r\n\r\n" + b"y" * (2 * PIECE)
    (tmp_path / "a.eml").write_bytes(raw)

    async def pieces() -> list[tuple[bytes, bool, int | None]]:
        return [(copy.data, copy.last, copy.at) async for copy in local_copies([str(tmp_path)])]

    found = asyncio.run(pieces())
    assert b"".join(data for data, _, _ in found) == raw
    assert [last for _, last, _ in found] == [False] * (len(found) - 1) + [True]
    assert {at for _, _, at in found} == {int(datetime(2026, 10, 30, 10, tzinfo=UTC).timestamp())}


def test_an_error_without_its_arguments_still_has_a_sentence() -> None:
    assert "…" in sentence(DeskError("ambiguous_name")).wrong
    assert sentence(NotFound()).wrong
    assert "strange" in sentence(DeskError("strange")).wrong


def test_foreign_arguments_are_made_plain() -> None:
    assert "\x1b" not in sentence(DeskError("name_taken", name="a\x1b]52;c;x\x07")).wrong


def test_every_command_has_an_example() -> None:
    pending = [parser()]
    seen = 0
    while pending:
        found = pending.pop()
        for action in found._actions:  # noqa: SLF001 - argparse has no other door
            if isinstance(action.choices, dict):
                pending += action.choices.values()
        assert "postroom" in (found.epilog or ""), found.prog
        seen += 1
    assert seen > 30
