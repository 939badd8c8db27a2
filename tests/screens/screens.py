"""The screens on a made-up desk, and the hands of a test on them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from store.model.copy import Part
from store.model.thread import ThreadState
from store.model.views import Link
from tests.screens.desk import NOW, Made, Mail, ShownDesk
from tests.screens.run import mail_screen, settled, shown
from tui.app import PostroomApp
from tui.outside import Outside
from tui.widgets.thread_list import ThreadList

WIDE, NARROW = (120, 40), (80, 24)


class Hands:
    """Stands for the caller's machine: what was copied, and the commands that were run with what they were given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.copied: list[str] = []
        self.ran: list[tuple[tuple[str, ...], bytes]] = []
        self.code = 0

    async def run(self, words: Sequence[str], given: bytes) -> int:
        self.ran.append((tuple(words), given))
        return self.code

    def outside(self, **more: Any) -> Outside:  # noqa: ANN401 - any field of it
        return Outside(**{"folder": self.folder, "copy": self.copied.append, "run": self.run, **more})


class Screens:
    """See the module."""

    def __init__(self, app: PostroomApp, pilot: Pilot[Any], desk: ShownDesk, hands: Hands | None = None) -> None:
        self.app, self.pilot, self.desk = app, pilot, desk
        self.hands = hands or Hands(Path())
        self.answers: list[Any] = []  # of dialogs that a test put there

    async def press(self, *keys: str) -> "Screens":
        await self.pilot.press(*keys)
        await self.settle()
        return self

    async def settle(self) -> None:
        await settled(self.app, self.pilot)

    @property
    def rows(self) -> str:
        return "\n".join(shown(self.app))

    @property
    def status(self) -> str:
        return shown(self.app)[-3 if self.place == "search" else -2]

    @property
    def threads(self) -> ThreadList:
        return mail_screen(self.app).query_one(ThreadList)

    @property
    def place(self) -> str:
        return mail_screen(self.app).place.value

    def asked(self, method: str) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        return [(given, named) for name, given, named in self.desk.calls if name == method]


def firm() -> ShownDesk:
    """Three threads to answer and one that is done."""
    desk = ShownDesk()
    desk.add("Third", ("Cleo <cleo@c.example>", "The third text"), client="Charlie Ltd")
    desk.add("Second", ("Bob <bob@b.example>", "The second text"), client="Bravo Inc", unread=True)
    desk.add(
        "First",
        ("Ada <ada@a.example>", "Where is it?"),
        ("Ana <ana@olmo.example>", "On its way."),
        ("Ada <ada@a.example>", "Thank you!"),
        client="Alpha",
    )
    desk.add("Old", ("Dan <dan@d.example>", "done long ago"), client="Alpha", state=ThreadState.DONE, at=NOW - 10**6)
    desk.made.sort(key=lambda made: made.subject)  # First, Old, Second, Third
    return desk


def made(desk: ShownDesk, subject: str) -> Made:
    return next(each for each in desk.made if each.subject == subject)


def with_parts(mail: Mail, *parts: tuple[str, str, bytes], links: tuple[str, ...] = ()) -> Mail:
    """Attachments (name, type, content) and links."""
    mail.parts = tuple(
        Part(n=n, name=name, type=type_, size=len(data), sha256="") for n, (name, type_, data) in enumerate(parts, 1)
    )
    mail.contents = {n: data for n, (_name, _type, data) in enumerate(parts, start=1)}
    mail.links = tuple(Link(text="", target=target) for target in links)
    return mail
