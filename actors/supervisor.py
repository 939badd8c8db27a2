"""Starts the actors, starts one anew after a bug with growing delay, and gives up aloud after many deaths.

Must not restart for ever in silence, and must not judge what an actor was doing: it only names the deposit in hand.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pykka

from actors.base import Death, Ground, PostroomActor
from actors.clock import Clock, Later
from actors.faults import position
from actors.messages import AskActors, Boot, Died, Dismiss, Engage, GaveUp, Restarted, Revive, Tick
from actors.switchboard import DESK, SUPERVISOR, Switchboard
from store.model.record import Record
from store.model.views import ActorStatus
from store.rules.backoff import RESTART_BASE, RESTART_CAP, delay

_log = logging.getLogger(__name__)

Start = Callable[[Ground], pykka.ActorRef[Any]]
TICK_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How often an actor may die. A poison email costs four deaths before it is set aside, so `deaths` must be more."""

    deaths: int = 8
    forgotten_after: float = 300.0  # seconds alive after which earlier deaths no longer count
    base: float = RESTART_BASE
    cap: float = RESTART_CAP


@dataclass(slots=True)
class _Post:
    """An actor's post, filled or vacant."""

    start: Start
    vital: bool
    generation: int = 0
    deaths: int = 0
    restarts: int = 0
    started: float = 0.0
    ref: pykka.ActorRef[Any] | None = None
    last_error: str | None = None
    given_up: bool = False


class Supervisor(PostroomActor):
    """See the module. `end_office` is called when the office cannot go on; whoever attaches next starts a new one."""

    def __init__(
        self,
        ground: Ground,
        *,
        later: Later,
        jitter: Callable[[], float],
        end_office: Callable[[str], None],
        patience: Patience | None = None,
    ) -> None:
        super().__init__(ground)
        self._later = later
        self._jitter = jitter
        self._end_office = end_office
        self._patience = patience or Patience()
        self._posts: dict[str, _Post] = {}
        self._cancel_tick: Callable[[], None] = lambda: None

    def receive(self, message: Any) -> Any:  # noqa: ANN401 - narrowed by the match
        match message:
            case Boot():
                self._tick_later()
            case Tick():
                self._tick(message)
            case Engage():
                self._engage(message)
            case Dismiss():
                self._dismiss(message.name)
            case Died():
                self._died(message)
            case Revive():
                self._revive(message)
            case AskActors():
                return self._standing()
            case Restarted():
                pass
            case _:
                raise TypeError(type(message).__name__)
        return None

    def on_stop(self) -> None:
        self._cancel_tick()

    def _engage(self, wanted: Engage) -> None:
        if wanted.name in self._posts:
            return
        post = self._posts[wanted.name] = _Post(start=wanted.start, vital=wanted.vital)
        self._fill(wanted.name, post)

    def _fill(self, name: str, post: _Post) -> None:
        post.generation += 1
        post.started = self.clock.monotonic()
        ground = Ground(
            name=name,
            generation=post.generation,
            switchboard=self.ground.switchboard,
            clock=self.clock,
            died=self._report,
        )
        try:
            post.ref = post.start(ground)
        except Exception as error:  # noqa: BLE001 - an actor that cannot even be made counts as dead
            self._report(Death(name=name, generation=post.generation, error=position(error), in_hand=None))
            return
        self.ground.switchboard.connect(name, post.ref)

    def _report(self, death: Death) -> None:
        """Called on the dying actor's thread."""
        self.ground.switchboard.tell(
            SUPERVISOR,
            Died(name=death.name, generation=death.generation, error=death.error, guilty=death.in_hand),
        )

    def _dismiss(self, name: str) -> None:
        post = self._posts.pop(name, None)
        self.ground.switchboard.disconnect(name)
        if post is not None and post.ref is not None:
            post.ref.stop(block=False)

    def _died(self, death: Died) -> None:
        post = self._posts.get(death.name)
        if post is None or death.generation != post.generation:
            return
        self.ground.switchboard.disconnect(death.name)
        post.ref = None
        post.last_error = death.error
        if self.clock.monotonic() - post.started > self._patience.forgotten_after:
            post.deaths = 0
        post.deaths += 1
        if post.deaths >= self._patience.deaths:
            self._give_up(death.name, post)
            return
        wait = delay(post.deaths, base=self._patience.base, cap=self._patience.cap, jitter=self._jitter())
        revive = Revive(name=death.name, guilty=death.guilty)
        self._later.after(wait, lambda: self._post_to_self(revive))

    def _post_to_self(self, message: Record) -> None:
        """Called on the timer's thread."""
        self.ground.switchboard.tell(SUPERVISOR, message)

    def _give_up(self, name: str, post: _Post) -> None:
        post.given_up = True
        _log.error("%s was given up after %d deaths: %s", name, post.deaths, post.last_error)
        if post.vital:
            self._end_office(name)
        else:
            self.tell(DESK, GaveUp(name=name, code=(post.last_error or "bug").split(" ", 1)[0]))

    def _revive(self, wanted: Revive) -> None:
        post = self._posts.get(wanted.name)
        if post is None or post.ref is not None or post.given_up:
            return
        self._fill(wanted.name, post)
        post.restarts += 1
        _log.warning("%s was started anew, generation %d", wanted.name, post.generation)
        self.ground.switchboard.broadcast(
            Restarted(name=wanted.name, generation=post.generation, guilty=wanted.guilty),
        )

    def _tick_later(self) -> None:
        self._cancel_tick = self._later.after(TICK_SECONDS, self._ticked)

    def _ticked(self) -> None:
        self._post_to_self(Tick(now=self.clock.now(), monotonic=self.clock.monotonic()))

    def _tick(self, tick: Tick) -> None:
        for name in self._posts:
            self.tell(name, tick)
        self._tick_later()

    def _standing(self) -> tuple[ActorStatus, ...]:
        return tuple(
            ActorStatus(name=name, restarts=post.restarts, inbox=_waiting(post.ref), last_error=post.last_error)
            for name, post in self._posts.items()
        )


def _waiting(ref: pykka.ActorRef[Any] | None) -> int:
    return 0 if ref is None else ref.actor_inbox.qsize()  # type: ignore[attr-defined]  # a queue.Queue, says its maker


def start_supervisor(
    switchboard: Switchboard,
    *,
    clock: Clock,
    later: Later,
    jitter: Callable[[], float],
    end_office: Callable[[str], None],
    patience: Patience | None = None,
) -> pykka.ActorRef[Supervisor]:
    """The first actor. If it dies itself, the office ends."""
    ground = Ground(
        name=SUPERVISOR,
        generation=1,
        switchboard=switchboard,
        clock=clock,
        died=lambda _death: end_office(SUPERVISOR),
    )
    ref = Supervisor.start(ground, later=later, jitter=jitter, end_office=end_office, patience=patience)
    switchboard.connect(SUPERVISOR, ref)
    return ref
