"""The screens as a program of their own, on a made-up desk, for tests in a real terminal: `main(words, bug=…)`.

Each of the words stands wherever foreign text is shown, in a thread of its own; `end3.` opens the third one's text.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from msgspec.structs import replace as changed

from store.model.address import Person
from store.model.copy import Part
from store.model.errors import NotAllowed
from store.model.evidence import Verified
from store.model.filing import Reason
from store.model.ids import EmailId
from store.model.mailbox import SyncState
from store.model.thread import ThreadState
from store.model.views import Block, Link, MailboxStatus, Why
from tests.screens.desk import NOW, ShownDesk
from tests.screens.mails import add
from tests.screens.run import Office
from tests.support.fake_calls import call
from tui import theme
from tui.app import PostroomApp
from tui.surroundings import Surroundings

STATES = tuple(ThreadState)


class Stage(ShownDesk):
    """See the module."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(firm_name=words[0])
        self.words = words
        for number, word in enumerate(words, start=1):
            self._plant(word, number)
        self.boxes_told = tuple(
            MailboxStatus(address=word, state=SyncState.BROKEN, last_error=word) for word in words[:2]
        )

    def _plant(self, word: str, number: int) -> None:
        person = Person(name=word, address=f"{word}@x.example")
        blocks = [Block(kind=kind, text=f"{word}\n" * 5) for kind in ("text", "quote", "signature", "forward")]
        mail = replace(
            self.mail_of("a <a@x.example>", word, at=NOW),
            who=person,
            to=(person,) * 3,
            cc=(person,),
            blocks=(Block(kind="text", text=f"end{number}. {word}"), *blocks),
            links=(Link(text=word, target=word, suspicious=True), Link(text="", target=f"https://x.example/{word}")),
            parts=(Part(n=1, name=word, type=word, size=1, sha256=""),),
            warnings=("unverified", word),
            verified=Verified.FAIL,
        )
        state = STATES[number % len(STATES)]
        made = self.add(word, mail, client=f"{word} client", at=NOW, state=state, people=(word, word), first=False)
        made.answered_by = f"{word} {word}"

    @call
    async def why(self, email: EmailId) -> Why:
        told = await ShownDesk.why(self, email)
        word = self.mail_by(email)[1].text
        reasons = [
            changed(filing, reason=reason, by=word, rule=word, address=word)
            for filing in told.filings
            for reason in Reason
        ]
        return changed(told, filings=tuple(reasons))


async def _bug(*_given: object, **_named: object) -> None:
    planted = "planted-local"
    raise RuntimeError(planted)


def of_mails(folder: Path) -> ShownDesk:
    """The .eml files of a folder, a thread each."""
    desk = ShownDesk()
    for number, path in enumerate(sorted(folder.glob("*.eml")), start=1):
        add(desk, path.read_bytes(), end=f"end{number}.")
    return desk


def main(words: Sequence[str], *, mails: bool = False, bug: bool = False) -> int:
    """Until `q`. With `mails` the word is a folder of them."""
    desk = of_mails(Path(words[0])) if mails else Stage(words)
    desk.fail("done", NotAllowed(words[0], right=words[0]), times=99)
    if bug:
        desk.undo = _bug  # type: ignore[method-assign,assignment]  # a bug, with planted words all around it
    app = PostroomApp(Office(desk), surroundings=Surroundings(clock=lambda: NOW, theme=theme.wanted(os.environ)))
    app.run(mouse=False)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1]), bug="bug" in sys.argv[2:], mails="mails" in sys.argv[2:]))
