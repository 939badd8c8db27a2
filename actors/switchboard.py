"""Who is reached by which name now. A restart makes old references dead, so actors address each other by name.

Must not keep a message for somebody who is away: it is dropped in silence, since every request is repeated.
"""

import threading
from typing import Protocol

import pykka

from actors.base import BridgedFuture, PostroomActor
from store.model.record import Record

DESK = "desk"
CLASSIFIER = "classifier"
NOTIFIER = "notifier"
OUTBOX = "outbox"
DOCUMENTS = "documents"
SUPERVISOR = "supervisor"
FRONT = "front"  # where screens and commands wait for answers; not an actor


class Ear(Protocol):
    """Takes a message and returns at once: an actor's reference, or something thread-safe of the office's own."""

    def tell(self, message: Record) -> None: ...


class Switchboard:
    """Names to ears, used from every thread."""

    def __init__(self) -> None:
        self._ears: dict[str, Ear] = {}
        self._lock = threading.Lock()

    def connect(self, name: str, ear: Ear) -> None:
        """From now on this one answers to the name."""
        with self._lock:
            self._ears[name] = ear

    def disconnect(self, name: str) -> Ear | None:
        """Nobody answers to the name any more."""
        with self._lock:
            return self._ears.pop(name, None)

    def get(self, name: str) -> Ear | None:
        """Who answers to the name now."""
        return self._ears.get(name)

    def answers(self, name: str) -> bool:
        """Whether somebody living answers to the name."""
        ear = self._ears.get(name)
        return ear is not None and not (isinstance(ear, pykka.ActorRef) and not ear.is_alive())

    def names(self) -> tuple[str, ...]:
        """Every name that somebody answers to."""
        with self._lock:
            return tuple(self._ears)

    def tell(self, name: str, message: Record) -> bool:
        """Post a message; False if nobody is there."""
        ear = self._ears.get(name)
        if ear is None:
            return False
        try:
            ear.tell(message)
        except pykka.ActorDeadError:
            return False
        return True

    def broadcast(self, message: Record) -> None:
        """Post a message to everybody."""
        for name in self.names():
            self.tell(name, message)

    def ask(self, name: str, message: Record) -> BridgedFuture:
        """Post a message and wait for its answer by `await`. Only for the desk's API: no actor waits for another.

        The future raises pykka.ActorDeadError where nobody is there or the actor dies before answering.
        """
        ear = self._ears.get(name)
        if isinstance(ear, pykka.ActorRef) and issubclass(ear.actor_class, PostroomActor):
            answer = ear.ask(message, block=False)
            if isinstance(answer, BridgedFuture):
                return answer
        return BridgedFuture.dead()


def mailbox_name(mailbox: int) -> str:
    """The name of the actor of a mailbox, from its key."""
    return f"mailbox-{mailbox}"


def sender_name(mailbox: int) -> str:
    """The name of the actor that sends a mailbox's mail, from its key."""
    return f"sender-{mailbox}"
