"""Pictures of the screens on the demo firm, as SVG: `python -P -m tests.support.shoot FOLDER [PART OF A NAME]`.

The firm's mail, the office's clock, names and sizes are fixed, so that the same screens give the same bytes.
"""

import asyncio
import html
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace
from rich.cells import cell_len

from actors.desk.api import Desk
from actors.paths import Home
from store.model.views import MailboxStatus, OfficeStatus
from tests.screens.run import NO_PAUSE, settled
from tests.support.still import now, still_firm, still_home
from tui import theme
from tui.app import PostroomApp
from tui.cli.attach import reached
from tui.i18n import set_language
from tui.link import Attachment
from tui.surroundings import Surroundings

ZONE: Final = "Europe/Madrid"
SIZES: Final = ((80, 24), (120, 40))
LOOKS: Final = (theme.DARK, theme.LIGHT)
RATE: Final = 5  # mails a second
CELL: Final = 12.2  # how wide a column is in Textual's pictures
_BLANK: Final = "&#160;"
_FACE: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_TEXT: Final = re.compile(r'<text([^>]*? )x="([\d.]+)"([^>]*? )textLength="[\d.]+"([^>]*)>([^<]*)</text>')
_GROUP: Final = re.compile(r"\S+(?: \S+)*")


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A screen to be pictured after some keys; a text of several letters is typed."""

    name: str
    keys: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A home, and its pictures in this order: those that change nothing first."""

    home: Callable[[], AbstractContextManager[Home]]
    shots: tuple[Shot, ...]


RULE: Final = ("g", "r", "plus", "type:domain", "enter", "type:lanternpost.example", "enter")
TRIED: Final = (*RULE, "enter", "type:he", "enter", "enter")
FIRM: Final = (
    Shot(name="inbox"),
    Shot(name="all-mail", keys=("g", "a", "j", "j")),
    Shot(name="assigned", keys=("g", "m")),
    Shot(name="client-folder", keys=("h", "G", "k", "k", "enter")),
    Shot(name="search", keys=("slash", "type:scanner")),
    Shot(name="palette", keys=("colon", "type:cl")),
    Shot(name="help", keys=("question_mark",)),
    Shot(name="why", keys=("w",)),
    Shot(name="file-chooser", keys=("v", "type:he")),
    Shot(name="inbox-plus", keys=("g", "n")),
    Shot(name="outbox", keys=("g", "o")),
    Shot(name="mailboxes", keys=("g", "b")),
    Shot(name="members", keys=("g", "l")),
    Shot(name="signature", keys=("g", "b", "s")),
    Shot(name="providers", keys=("g", "p")),
    Shot(name="registration", keys=("g", "p", "enter")),
    Shot(name="clients", keys=("g", "k", "j", "j")),
    Shot(name="clients-filter", keys=("g", "k", "slash", "type:he")),
    Shot(name="client", keys=("g", "k", "G", "k", "enter")),
    Shot(name="client-documents", keys=("g", "k", "G", "k", "enter", "tab", "tab")),
    Shot(name="client-notes", keys=("g", "k", "G", "k", "enter", "h", "h")),
    Shot(name="client-activity", keys=("g", "k", "G", "k", "enter", "h")),
    Shot(name="contact", keys=("g", "k", "g", "g", "enter", "tab", "tab", "tab", "enter", "j", "j", "j", "j")),
    Shot(name="rights", keys=("g", "l", "j", "r", "j")),
    Shot(name="journal", keys=("g", "j", "j", "j")),
    Shot(name="client-hold", keys=("g", "k", "G", "k", "enter", "H")),
    Shot(name="rule-form", keys=RULE),
    Shot(name="rule-dry-run", keys=TRIED),
    Shot(name="drafts", keys=("g", "d")),
    Shot(name="compose", keys=("g", "d", "enter")),
    Shot(name="reading", keys=("j", "j", "enter")),
    Shot(name="reading-comments", keys=("g", "m", "j", "enter", "G")),
    Shot(name="answer", keys=("j", "j", "j", "r")),
    Shot(name="rules", keys=(*TRIED, "y")),
)
STAGES: Final = (
    Stage(home=still_firm, shots=FIRM),
    Stage(
        home=still_home,
        shots=(Shot(name="welcome"), Shot(name="sync-form", keys=("s", "type:clara@rivasholt.example"))),
    ),
    Stage(home=partial(still_home, arriving=True), shots=(Shot(name="first-sync"),)),
    Stage(home=partial(still_home, synced=True), shots=(Shot(name="find-clients", keys=("g", "f", "j", "x")),)),
)


class Calm:
    """A desk whose mailboxes are synced at the same speed on any machine."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the desk has
        return getattr(self._desk, name)

    async def status(self, *, actors: bool = False, member: str | None = None) -> OfficeStatus:
        told = await self._desk.status(actors=actors, member=member)
        return replace(told, mailboxes=tuple(map(_calm, told.mailboxes)))


def _calm(box: MailboxStatus) -> MailboxStatus:
    return replace(box, rate=RATE, eta_s=(box.total - box.done) // RATE) if box.rate else box


class Opened:
    """Attaches to a home's office, and tells when it did."""

    def __init__(self, home: Home) -> None:
        self._home, self.done = home, asyncio.Event()

    async def __call__(self) -> Attachment:
        desk = await reached(self._home, act_as=None, start=False)
        self.done.set()
        calm: Any = Calm(desk)
        return Attachment(desk=calm, gone=desk.wait_gone, close=desk.close)


async def shoot(home: Home, shot: Shot, *, size: tuple[int, int], look: str) -> str:
    """The picture."""
    opens = Opened(home)
    around = Surroundings(clock=now, chance=lambda: 0.5, pace=NO_PAUSE, theme=look)
    app = PostroomApp(opens, surroundings=around)
    async with app.run_test(size=size) as pilot:
        await opens.done.wait()
        await settled(app, pilot)
        for key in shot.keys:
            await pilot.press(*(key.removeprefix("type:") if key.startswith("type:") else (key,)))
            await settled(app, pilot)
        return tidy(app.export_screenshot(title="postroom"))


def tidy(svg: str) -> str:
    """Each word group a text of its own, which stays in its column whatever the font and the viewer make of blanks; and
    no font from elsewhere, since a picture should ask nobody for anything.
    """
    svg = _FACE.sub("", svg).replace("Fira Code, monospace", "'Fira Code', 'DejaVu Sans Mono', Menlo, monospace")
    svg = svg.replace("font-size: 20px", "font-size: 20.3px")  # with which these fonts are as wide as the columns
    return _TEXT.sub(_pieces, svg)


def _pieces(match: re.Match[str]) -> str:
    head, x, middle, tail, words = match.groups()
    text = html.unescape(words).replace("\xa0", " ")
    return "".join(
        f'<text{head}x="{float(x) + CELL * cell_len(text[: piece.start()]):g}"{middle}'
        f'textLength="{CELL * cell_len(piece[0]):g}"{tail}>{html.escape(piece[0]).replace(" ", _BLANK)}</text>'
        for piece in _GROUP.finditer(text)
    )


def main(folder: Path, only: str) -> None:
    """All of them, or those whose name holds `only`."""
    folder.mkdir(parents=True, exist_ok=True)
    for stage in STAGES:
        for look in LOOKS:
            for size in SIZES:
                wanted = {_name(shot, size=size, look=look): shot for shot in stage.shots}
                wanted = {name: shot for name, shot in wanted.items() if only in name}
                if wanted:
                    _all(stage, wanted, folder, size=size, look=look)


def _name(shot: Shot, *, size: tuple[int, int], look: str) -> str:
    return f"{shot.name}-{size[0]}x{size[1]}-{look.removeprefix('postroom-')}"


def _all(stage: Stage, wanted: dict[str, Shot], folder: Path, *, size: tuple[int, int], look: str) -> None:
    with stage.home() as home:
        for name, shot in wanted.items():
            picture = asyncio.run(shoot(home, shot, size=size, look=look))
            (folder / f"{name}.svg").write_text(picture, encoding="utf-8")
            sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    os.environ["TZ"] = ZONE
    time.tzset()
    set_language(os.environ.get("SHOOT_LANGUAGE", "en"))
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
