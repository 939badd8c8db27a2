"""Kills one actor at one message, once, before or after it is handled; and counts the messages that actors get."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from actors.base import PostroomActor


class Killed(Exception):
    """The bug of the day."""


@dataclass
class Plan:
    """`name` may end in `*`. `nth` counts the messages of that kind from 1."""

    name: str = ""
    kind: str = ""
    when: str = "before"
    nth: int = 1
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    struck: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def strikes(self, name: str, message: object) -> bool:
        """Whether this is the message."""
        kind = type(message).__name__
        with self.lock:
            self.seen[name.split("-", 1)[0], kind] += 1
            return (
                not self.struck.is_set()
                and (name.split("-", 1)[0], kind) == (self.name, self.kind)
                and self.seen[self.name, self.kind] == self.nth
            )


def arm(monkeypatch: pytest.MonkeyPatch, plan: Plan, actors: Iterable[type[PostroomActor]]) -> None:
    """From now on the plan holds for these actors."""
    for kind in actors:
        monkeypatch.setattr(kind, "receive", _lethal(kind.receive, plan))


def _lethal(receive: Callable[[Any, Any], Any], plan: Plan) -> Callable[[Any, Any], Any]:
    def received(actor: PostroomActor, message: object) -> object:
        strikes = plan.strikes(actor.name, message)
        if strikes and plan.when == "before":
            plan.struck.set()
            raise Killed
        answer: object = receive(actor, message)
        if strikes:
            plan.struck.set()
            raise Killed
        return answer

    return received
