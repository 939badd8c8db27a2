"""Several coroutines at once. Whichever way it ends, nothing of them runs on: what is stopped has ended before that is
said.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

Answer = TypeVar("Answer")


async def together(*work: Coroutine[Any, Any, Answer]) -> list[Answer]:
    """All answers. Whoever raises has a bug: what is to be expected is answered."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
    return [task.result() for task in tasks]


async def in_order(work: Sequence[Coroutine[Any, Any, Answer]], *, enough: Callable[[Answer], bool]) -> list[Answer]:
    """The answers up to the first that is enough; what comes after it is stopped."""
    answers: list[Answer] = []
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
        for task in tasks:
            answers.append(await task)
            if enough(answers[-1]):
                break
        for task in tasks:
            task.cancel()
    return answers


async def in_time(
    work: Sequence[Coroutine[Any, Any, Answer]], *, seconds: float, enough: Callable[[Answer], bool]
) -> list[Answer | None]:
    """As far as they came in that time; None for who was stopped. If the first one's answer is enough nobody waits for
    the rest.
    """
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        async with asyncio.timeout(seconds):
            await asyncio.wait(tasks[:1])
            if not enough(tasks[0].result()):
                await asyncio.wait(tasks)
    except TimeoutError:
        pass  # what is there by now is the answer
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return [None if task.cancelled() else task.result() for task in tasks]
