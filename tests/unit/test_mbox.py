"""Mbox files as the import reads them: where mails begin, what was quoted, dates, flags, folders, little memory."""

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.cli import mbox
from tui.cli.files import local_copies, mail_files
from tui.cli.mbox import Mail, mails, sent_at

LINE = b"From ana@olmo.example Tue Mar  3 17:05:43 2015\n"
AT = int(datetime(2015, 3, 3, 17, 5, 43, tzinfo=UTC).timestamp())


def written(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def quoted(raw: bytes) -> bytes:
    """As mboxrd writes a mail."""
    lines = raw.splitlines(keepends=True)
    return b"".join(b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in lines)


BODY_LINES = st.sampled_from(
    [
        b"",
        b"From ",
        b"From here on",
        b">From ",
        b">>From x",
        b"From a@b Tue Mar  3 17:05:43 2015",
        b"text",
        b"Status: RO",
    ]
)


@given(bodies=st.lists(st.lists(BODY_LINES, max_size=6), min_size=1, max_size=5), end=st.sampled_from([b"\n", b"\r\n"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
def test_what_mboxrd_holds_comes_out_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[list[bytes]], end: bytes
) -> None:
    raws = [end.join([b"Subject: %d" % n, b"", *lines, b""]) for n, lines in enumerate(bodies)]
    path = tmp_path_factory.mktemp("mbox") / "mbox"
    path.write_bytes(b"".join(LINE.rstrip() + end + quoted(raw) + end for raw in raws))
    assert list(mails(path)) == [Mail(raw, (), AT) for raw in raws]


@given(raw=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
def test_any_bytes_are_some_mails(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("mbox") / "mbox"
    path.write_bytes(b"From " + raw)
    assert len(list(mails(path))) >= 1


def test_a_sentence_that_begins_with_from_is_no_mail(tmp_path: Path) -> None:
    """Many programs quote nothing; a From_ line has a date where the first one has."""
    raw = b"Subject: a\n\nDear Ana,\n\nFrom tomorrow on we close at 17:05.\n"
    assert [mail.raw for mail in mails(written(tmp_path / "m", LINE + raw + b"\n" + LINE + raw))] == [raw, raw]


def test_a_file_whose_lines_have_no_dates_is_cut_all_the_same(tmp_path: Path) -> None:
    found = list(mails(written(tmp_path / "m", b"From ana\nA: 1\n\none\n\nFrom ben\nA: 2\n\ntwo\n")))
    assert found == [Mail(b"A: 1\n\none\n", (), None), Mail(b"A: 2\n\ntwo\n", (), None)]


def test_content_length_is_not_believed(tmp_path: Path) -> None:
    one = b"Content-Length: 4000\nSubject: a\n\none\n"
    found = list(mails(written(tmp_path / "m", LINE + one + b"\n" + LINE + b"A: 2\n\ntwo\n")))
    assert [mail.raw for mail in found] == [b"Subject: a\n\none\n", b"A: 2\n\ntwo\n"]


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("From - Tue Mar 03 17:05:43 2015", datetime(2015, 3, 3, 17, 5, 43, tzinfo=UTC)),
        ("From a@b Tue Mar  3 17:05 2015", datetime(2015, 3, 3, 17, 5, tzinfo=UTC)),
        ("From 1@xxx Tue Mar 03 17:05:43 +0200 2015", datetime(2015, 3, 3, 15, 5, 43, tzinfo=UTC)),
        ("From a@b Fri Jul  8 12:08:34 PDT 2011", datetime(2011, 7, 8, 12, 8, 34, tzinfo=UTC)),
        ("From a@b Fri Jul  8 12:08:34 2011 -0330", datetime(2011, 7, 8, 15, 38, 34, tzinfo=UTC)),
        ("From a@b Fri Jul 48 12:08:34 2011", None),
        ("From a@b Fri Jux 8 12:08:34 2011", None),
        ("From a@b", None),
    ],
)  # fmt: skip
def test_the_date_of_a_line(line: str, moment: datetime | None) -> None:
    assert sent_at(line.encode()) == (moment and int(moment.timestamp()))


def test_what_a_program_kept_becomes_flags_and_goes(tmp_path: Path) -> None:
    told = b"Subject: a\nStatus: RO\nX-Status: FA\nX-Mozilla-Keys: x\n  y\nTo: b\n\nStatus: RO\n"
    raw = b"Subject: a\nTo: b\n\nStatus: RO\n"
    mozilla = b"X-Mozilla-Status: 0005\r\nX-Mozilla-Status2: 00000000\r\nSubject: b\r\n\r\n.\r\n"
    gone = mozilla.replace(b"0005", b"0009")
    found = list(mails(written(tmp_path / "m", b"\n".join([LINE + told, LINE + gone, LINE + mozilla]))))
    assert [(mail.raw, set(mail.flags)) for mail in found] == [
        (raw, {"\\Seen", "\\Flagged", "\\Answered"}),
        (b"Subject: b\r\n\r\n.\r\n", {"\\Seen", "\\Flagged"}),
    ]


def test_folders_have_the_names_that_their_program_shows(tmp_path: Path) -> None:
    one = LINE + b"A: 1\n\none\n"
    for name in ("Inbox", "Work", "Work.sbd/Olmo", "Work.sbd/Olmo.sbd/2020", "Sent.mbox/mbox", "old.mbx"):
        written(tmp_path / "mail" / name, one)
    written(tmp_path / "mail" / "Inbox.msf", b"// <!-- <mdb:mork")
    written(tmp_path / "mail" / "Trash", b"")
    found = {mail.folder: mail.is_mbox for mail in mail_files([str(tmp_path / "mail")])}
    assert found == dict.fromkeys(["INBOX", "Work", "Work/Olmo", "Work/Olmo/2020", "Sent", "old"], True)
    (single,) = mail_files([str(tmp_path / "mail" / "old.mbx")])
    assert single.folder == "old"
    assert list(mail_files([str(tmp_path / "mail" / "Trash")])) == []


async def test_a_long_file_is_never_held_whole(tmp_path: Path) -> None:
    path = tmp_path / "long.mbox"
    with path.open("wb") as file:
        for number in range(400):
            file.write(LINE + b"Subject: %d\n\n" % number + b"x" * 99 + b"\n" + b"y" * 100_000 + b"\n\n")
    tracemalloc.start()
    try:
        lasts = [copy.last async for copy in local_copies([str(path)])]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(lasts) == 400
    assert path.stat().st_size > 40_000_000
    assert peak < 4_000_000


async def test_a_mail_that_no_office_takes_is_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mbox, "MOST_MAIL_BYTES", 1000)
    small, large = b"A: 1\n\none\n", b"A: 2\n\n" + b"z" * 70_000 + b"\n"
    path = written(tmp_path / "m", b"\n".join([LINE + small, LINE + large, LINE + small]))
    told: list[Path] = []
    found = [copy.data async for copy in local_copies([str(path)], left_out=told.append)]
    assert (found, told) == ([small, small], [path])
