"""An office that kills itself with SIGKILL at one step, so that a test chooses the moment and not luck.

    with LethalOffice(cli, "desk:MailAnswered:before") as office:
        ...
        office.wait_killed()

`actor:Message:before|after[:nth]` strikes when an actor gets that message, `append:half|before|after` at a copy's way
into Sent, half of its bytes on the line. `mail:TOKEN:office` strikes when a mail that holds the token is to be read;
`mail:TOKEN:die|hang` lets the parsing process do so instead, with short patience. As a program:
`lethal_office PLAN OFFICE-ARGUMENTS…`.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.cli import Cli

TOP = Path(__file__).resolve().parents[2]
READY = b"ready\n"
DEADLINE = 30


class LethalOffice:
    """The process, from outside."""

    def __init__(self, cli: "Cli", plan: str) -> None:
        self._command = [
            sys.executable, "-P", "-m", "tests.support.lethal_office", plan, "--home", str(cli.home),
        ]  # fmt: skip
        self._env = {**cli.env, "PYTHONPATH": str(TOP)}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None
        return self._process

    def kill(self) -> None:
        """Now. From any thread."""
        self.process.kill()

    def wait_killed(self) -> None:
        """Until it has struck."""
        assert self.process.wait(DEADLINE) == -signal.SIGKILL

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._env,
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == READY
        return self

    def __exit__(self, *_: object) -> None:
        with self.process as process:
            process.kill()


def die() -> None:
    """As `kill -9` does it: nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


def arm(plan: str) -> None:
    """From now on the plan holds in this process."""
    name, kind, *rest = plan.split(":")
    if name == "mail":
        (_arm_reading if rest == ["office"] else _arm_workers)(kind, *rest)
        return
    if name == "append":
        _arm_append(kind)
        return
    when, nth = rest[0], int(rest[1]) if len(rest) > 1 else 1
    _arm_actor(name, kind, when=when, nth=nth)


def _arm_actor(name: str, kind: str, *, when: str, nth: int) -> None:
    from actors.base import PostroomActor

    received = PostroomActor.on_receive
    seen = 0

    def lethal(actor: PostroomActor, message: Any) -> Any:  # noqa: ANN401 - as Pykka has it
        nonlocal seen
        strikes = actor.name.split("-", 1)[0] == name and type(message).__name__ == kind
        seen += strikes
        if strikes and seen == nth and when == "before":
            die()
        answer = received(actor, message)
        if strikes and seen == nth:
            die()
        return answer

    PostroomActor.on_receive = lethal  # type: ignore[method-assign,assignment]  # that is the point


def _arm_reading(token: str, _office: str) -> None:
    from actors.messages import Classify

    def poisoned(message: object) -> bool:
        return isinstance(message, Classify) and any(token.encode() in copy.raw for copy in message.copies)

    _strike_at(poisoned)


def _strike_at(holds: "Callable[[object], bool]") -> None:
    from actors.base import PostroomActor

    received = PostroomActor.on_receive

    def lethal(actor: PostroomActor, message: Any) -> Any:  # noqa: ANN401 - as Pykka has it
        if holds(message):
            die()
        return received(actor, message)

    PostroomActor.on_receive = lethal  # type: ignore[method-assign,assignment]  # that is the point


def _arm_workers(token: str, way: str) -> None:
    from actors.workers import Limits, Workers

    begin = Workers.__init__
    command = [sys.executable, "-P", str(Path(__file__).with_name("lethal_worker.py")), token, way]

    def lethal(workers: Workers, **rest: Any) -> None:  # noqa: ANN401 - passed on
        begin(workers, **{**rest, "command": command, "limits": Limits(batch=3, alone=1)})

    Workers.__init__ = lethal  # type: ignore[method-assign,assignment]  # that is the point


def _arm_append(when: str) -> None:
    from providers.imap.line import Line
    from providers.imap.session import Session

    send, append = Line.send, Session.append

    def half(line: Line, data: bytes) -> None:
        send(line, data[: len(data) // 2])
        die()

    def lethal(session: Session, folder: Any, raw: Any, **rest: Any) -> object:  # noqa: ANN401 - passed on
        if when == "before":
            die()
        if when == "half":
            first = raw if isinstance(raw, bytes) else next(iter(raw))

            def only_the_mail(line: Line, data: bytes) -> None:
                (half if first in data else send)(line, data)

            Line.send = only_the_mail  # type: ignore[method-assign,assignment]  # that is the point
        moved = append(session, folder, raw, **rest)
        die()
        return moved

    Session.append = lethal  # type: ignore[method-assign,assignment]  # that is the point


def main() -> int:
    from actors import office

    plan, *arguments = sys.argv[1:]
    arm(plan)
    return office.main(arguments)


if __name__ == "__main__":
    os._exit(main())
