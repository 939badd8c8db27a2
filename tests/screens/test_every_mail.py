"""Mail of every kind in the list and the reading pane: nothing acts, nothing is hidden, nothing breaks (Z7).

Made-up mail always; where corpora are, every mail of theirs. In a real terminal a part of them.
"""

import itertools
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.style import Style

from store.model.views import ThreadQuery
from tests.screens.desk import NOW, ShownDesk
from tests.screens.mails import add
from tests.screens.test_terminal import WIDE, go, stage
from tests.support import corpora as mail_corpora
from tests.support import vt
from tests.support.hostile import PLANTED, Hostile
from tui.plain import Row, strip
from tui.widgets.letter import Letter, letter_rows, title_row
from tui.widgets.thread_row import Shown, thread_rows

CELLS = (50, 80)


async def check(raw: bytes, name: str) -> None:
    """Draw it as a thread and as an email; every row takes its cells and holds text only."""
    desk = ShownDesk()
    made = add(desk, raw)
    email = made.mails[0].email
    letter = Letter(view=await desk.email(email), why=await desk.why(email), place=1, emails=())
    row = (await desk.threads(ThreadQuery())).rows[0]
    for cells in CELLS:
        rows: list[Row] = [*thread_rows(row, cells, now=NOW, show=Shown()), title_row(letter, cells, now=NOW)]
        rows += letter_rows(letter, cells, folded=False)
        for each in rows:
            drawn = strip(each, cells, base=Style(), look=lambda _name: Style())
            assert drawn.cell_length == cells, name
            assert vt.hidden(drawn.text) == set(), name
            assert not any(unicodedata.category(char) == "Cc" for char in drawn.text), name


@pytest.mark.parametrize("seed", range(4))
async def test_made_up_mail_is_drawn_inert(seed: int) -> None:
    hostile = Hostile(seed)
    for number in range(100):
        await check(hostile.mail(), f"mail {number} of seed {seed}")


@pytest.mark.corpora
@pytest.mark.parametrize("family", ["mime", "calendar/invites"])
async def test_odd_real_mail_is_drawn_inert(corpora: Path, family: str) -> None:
    for mail in mail_corpora.mails(corpora, family):
        await check(mail.raw, mail.name)


@pytest.mark.long
@pytest.mark.corpora
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("family", ["enron", "spamassassin"])
async def test_every_real_mail_is_drawn_inert(corpora: Path, family: str) -> None:
    for mail in mail_corpora.mails(corpora, family):
        await check(mail.raw, mail.name)


# ---------------------------------------------------------------- in a terminal


def looked_at(folder: Path, mails: Iterable[bytes]) -> bytes:
    """What is sent while each of the mails is looked at, in the list and beside it."""
    folder.mkdir()
    count = 0
    for raw in mails:
        count += 1
        (folder / f"{count:05}.eml").write_bytes(raw)
    with stage([str(folder)], "mails", size=WIDE) as terminal:
        go(terminal, "ga", shows=f"1/{count}")
        for number in range(1, count + 1):
            terminal.wait_for(f"end{number}.")
            terminal.send("j")
        terminal.send("q")
        assert terminal.wait_exit(timeout=20) == 0
        return terminal.raw


HARMLESS = b"From: x <x@x.example>\r\nTo: x@x.example\r\nSubject: x\r\n\r\nx\r\n> x\r\n\r\nx https://x.example\r\n"
SEEN = 40


def test_made_up_mail_in_a_terminal(tmp_path: Path) -> None:
    hostile = Hostile(7)
    sent = looked_at(tmp_path / "hostile", (hostile.mail() for _ in range(SEEN)))
    own = looked_at(tmp_path / "own", [HARMLESS, *_every_kind()] * 2)
    assert vt.foreign(sent, own=own, words=PLANTED) == []
    assert vt.hidden(vt.text(sent)) == set()


def _every_kind() -> Iterable[bytes]:
    """Harmless mails that use each look there is: attachments, several people, a suspicious link."""
    yield HARMLESS.replace(b"To: ", b"Cc: a@x.example, b@x.example\r\nReply-To: z@y.example\r\nTo: ")
    yield (
        b"From: x@x.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<a href='http://y.example'>http://x.example</a>\r\n"
        b"--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=x.csv\r\n\r\nx\r\n--b--\r\n"
    )


@pytest.mark.long
@pytest.mark.corpora
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("family", mail_corpora.FAMILIES)
def test_real_mail_in_a_terminal(corpora: Path, tmp_path: Path, family: str) -> None:
    mails = (mail.raw for mail in mail_corpora.mails(corpora, family))
    sent = looked_at(tmp_path / "real", itertools.islice(mails, 0, None, 7))
    own = looked_at(tmp_path / "own", [HARMLESS, *_every_kind()] * 2)
    assert vt.foreign(sent, own=own) == []
    assert vt.hidden(vt.text(sent)) == set()
