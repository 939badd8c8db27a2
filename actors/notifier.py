"""Who is told what of filed mail. Inbox+ is its one channel now: the desk keeps the notice with the errand's closing.

An errand may be given twice, and is told once: the desk closes it in the transaction of its effect. Must not decide who
may see an email; the desk says so with the errand.
"""

from typing import Any

from actors.base import Ground, PostroomActor
from actors.messages import AskErrands, Boot, EmailsFiled, ErrandDone, ErrandOpen, Finish, Restarted, Tick
from actors.switchboard import DESK
from store.model.evidence import Kind
from store.rules.notices import FiledMail, worth_telling

REPEAT_SECONDS = 30.0


class NotifierActor(PostroomActor):
    """See the module."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._asked_at: float | None = None

    def receive(self, message: Any) -> None:  # noqa: ANN401 - narrowed by the match
        match message:
            case Boot():
                self._ask()
            case EmailsFiled():
                self._asked_at = None
                for errand in message.errands:
                    self._do(errand)
            case Restarted():
                if message.name == DESK:
                    self._ask()
            case Tick():
                if self._asked_at is not None and message.monotonic - self._asked_at >= REPEAT_SECONDS:
                    self._ask()
            case Finish():
                pass
            case _:
                raise TypeError(type(message).__name__)

    def _ask(self) -> None:
        self._asked_at = self.clock.monotonic()
        self.tell(DESK, AskErrands())

    def _do(self, errand: ErrandOpen) -> None:
        told = worth_telling(
            FiledMail(
                client=errand.client,
                kind=Kind(errand.mail_kind),
                from_member=errand.from_member,
                outside=errand.outside,
                to=errand.to,
                cc=errand.cc,
                followers=errand.followers,
                walled=errand.walled,
                cannot_see=errand.cannot_see,
                owner=errand.owner,
            )
        )
        tell = tuple((telling.member, str(telling.kind)) for telling in told)
        self.tell(DESK, ErrandDone(errand=errand.errand, tell=tell))
