"""A submission server in memory that speaks MailSender: it keeps what it is handed, and fails as it is told.

submission = ScriptedSubmission()
submission.say("ida@x.example", RecipientResult(address="ida@x.example", answer="refused", status=550, code="no"))
submission.fail(Unavailable("timeout"), times=2)             # before DATA
submission.fail(Uncertain("closed"), arrives=True)           # after it: nobody knows
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from providers.errors import NotBegun, ProviderError
from providers.protocols import Content, RecipientResult, Secret, Server


@dataclass(frozen=True)
class Arrived:
    """A mail that the server took for these recipients."""

    sender: str
    recipients: tuple[str, ...]
    message: bytes


@dataclass
class ScriptedSubmission:
    """What stands on the server. Safe from any thread."""

    arrived: list[Arrived] = field(default_factory=list)
    asked: int = 0  # mails that somebody wanted to hand over
    before_data: Callable[[], None] = lambda: None  # called between the recipients and `begin`
    after_data: Callable[[], None] = lambda: None  # called when the mail is there, before the answer
    _said: dict[str, list[RecipientResult]] = field(default_factory=dict)
    _failures: list[tuple[ProviderError, bool | None]] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def say(self, address: str, *results: RecipientResult) -> None:
        """The next answers for a recipient; then it is accepted."""
        with self._changed:
            self._said.setdefault(address, []).extend(results)

    def fail(self, error: ProviderError, *, times: int = 1, arrives: bool | None = None) -> None:
        """The next mails fail: before DATA (None), or after it, whether they arrived or not."""
        with self._changed:
            self._failures += [(error, arrives)] * times

    def wait_for(self, count: int, *, seconds: float = 20) -> list[Arrived]:
        """The mails, as soon as there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.arrived) >= count, seconds), f"{len(self.arrived)} came"
            return list(self.arrived)

    def take(
        self, sender: str, recipients: Sequence[str], message: bytes, begin: Callable[[], bool]
    ) -> tuple[RecipientResult, ...]:
        """One mail, from the first command to the last answer."""
        with self._changed:
            self.asked += 1
            failure = self._failures.pop(0) if self._failures else None
            results = tuple(self._result(one) for one in recipients)
        if failure is not None and failure[1] is None:
            raise failure[0]
        self.before_data()
        accepted = tuple(one.address for one in results if one.answer == "accepted")
        if not accepted:
            return results
        if not begin():
            raise NotBegun("not_begun")
        if failure is None or failure[1]:
            with self._changed:
                self.arrived.append(Arrived(sender, accepted, message))
                self._changed.notify_all()
        self.after_data()
        if failure is not None:
            raise failure[0]
        return results

    def _result(self, address: str) -> RecipientResult:
        said = self._said.get(address)
        return said.pop(0) if said else RecipientResult(address=address, answer="accepted")


class ScriptedSender:
    """MailSender."""

    def __init__(self, submission: ScriptedSubmission) -> None:
        self._submission = submission

    def check(self, server: Server, login: str, secret: Secret) -> None:
        """Every login is taken."""

    def send(
        self, server: Server, login: str, secret: Secret, *, sender: str, recipients: Sequence[str],
        message: bytes | Content, begin: Callable[[], bool],
    ) -> tuple[RecipientResult, ...]:  # fmt: skip
        whole = message if isinstance(message, bytes) else b"".join(message)
        return self._submission.take(sender, recipients, whole, begin)

    def hang_up(self) -> None:
        """Nothing stands."""

    def close(self) -> None:
        """Nothing is open."""
