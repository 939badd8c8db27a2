"""What all actors stand on: a handler that lets no exception reach Pykka, and a future that an event loop can await.

Everything that depends on Pykka's inner workings is here, and tests/office/test_base.py fails when they change.
Must not log or pass on an exception's words (Z14).
"""

import asyncio
import logging
import queue
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pykka

from actors.clock import Clock
from actors.faults import position
from actors.messages import BatchParsed, Boot, Classify, ClosePass, DeclareFolders, Deposit, LocalUids, OpenPass
from store.model.ids import DepositId
from store.model.record import Record

if TYPE_CHECKING:
    from actors.switchboard import Switchboard

_log = logging.getLogger(__name__)

_IN_HAND = (BatchParsed, Classify, Deposit, DeclareFolders, OpenPass, ClosePass, LocalUids)


@dataclass(frozen=True, kw_only=True, slots=True)
class Death:
    """An actor ended by a bug. `in_hand` is the deposit it was busy with: only that one counts as guilty."""

    name: str
    generation: int
    error: str
    in_hand: DepositId | None


class DiedHandling(pykka.ActorDeadError):
    """The actor died of this very message; a plain ActorDeadError means that it never looked at it."""


class BridgedFuture(pykka.ThreadingFuture[Any]):
    """Pykka's own `await` blocks the event loop until the answer is there; this one gives the loop back."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[Callable[[], None]] | None = []

    @classmethod
    def dead(cls) -> "BridgedFuture":
        """An answer that will never come."""
        future = cls()
        error = pykka.ActorDeadError("nobody answers to the name")
        future.set_exception((pykka.ActorDeadError, error, None))
        return future

    def set(self, value: Any | None = None) -> None:  # noqa: ANN401 - as Pykka has it
        if isinstance(value, Death):  # Pykka would log an exception with its words
            self.set_exception((DiedHandling, DiedHandling(value.name), None))
            return
        super().set(value)
        self._tell()

    def set_exception(self, exc_info: Any | None = None) -> None:  # noqa: ANN401 - as Pykka has it
        super().set_exception(exc_info)
        self._tell()

    def when_done(self, call: Callable[[], None]) -> None:
        """Call once when the answer is there, on the answering thread, or at once."""
        with self._condition:
            if self._waiting is not None:
                self._waiting.append(call)
                return
        call()

    def _tell(self) -> None:
        with self._condition:
            waiting, self._waiting = self._waiting or [], None
        for call in waiting:
            call()

    def __await__(self) -> Generator[Any, None, Any]:
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def wake() -> None:
            if not done.done():
                done.set_result(None)

        def answered() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(wake)

        self.when_done(answered)
        yield from done
        return self.get(timeout=0)


class Inbox(queue.Queue[Any]):
    """Pykka's own holds a message that is handled until the next one comes: a large mail would be held for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._handled: Any = None

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: ANN401, FBT001, FBT002 - as there
        if self._handled is not None:
            self._handled.message = None
        self._handled = None
        self._handled = super().get(block, timeout)
        return self._handled


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What every actor is given at its start."""

    name: str
    generation: int
    switchboard: "Switchboard"
    clock: Clock
    died: Callable[[Death], None]


class PostroomActor(pykka.ThreadingActor):
    """An actor of the office. Subclasses write `receive` with one `match` over their messages.

    An exception in it is a bug: the actor dies, and the supervisor starts a new one. What can be expected to go wrong
    is handled where it happens. `in_hand` is noted for messages that are deposits; a subclass may set it itself.
    """

    use_daemon_thread = True  # a thread stuck in a vendor's C code must not keep a stopped office from ending

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground = ground
        self.name = ground.name
        self.clock = ground.clock
        self.in_hand: DepositId | None = None

    @staticmethod
    def _create_actor_inbox() -> Inbox:
        return Inbox()

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return BridgedFuture()

    def receive(self, message: Any) -> Any:  # noqa: ANN401 - each actor narrows it by match
        """Handle one message; what it returns is the answer to an `ask`."""
        raise NotImplementedError

    def tell(self, name: str, message: Record) -> None:
        """Post to another actor by name."""
        self.ground.switchboard.tell(name, message)

    def post(self, message: Record) -> None:
        """Post to oneself."""
        self.actor_ref.tell(message)

    def on_start(self) -> None:
        self.ground.switchboard.connect(self.name, self.actor_ref)  # before Boot: its answers must find us
        self.post(Boot())

    def on_receive(self, message: Any) -> Any:  # noqa: ANN401 - as Pykka has it
        self.in_hand = message.id if isinstance(message, _IN_HAND) else None
        try:
            return self.receive(message)
        except BaseException as error:  # noqa: BLE001 - one BaseException in Pykka's hands stops every actor
            return self._die(error)

    def _die(self, error: BaseException) -> "Death":
        where = position(error)
        _log.error("%s died: %s", self.name, where)
        death = Death(name=self.name, generation=self.ground.generation, error=where, in_hand=self.in_hand)
        self._stop()  # at once: a stop in the inbox would let it handle more in a broken state
        self.ground.died(death)
        return death
