"""What is written to a terminal comes in its order, whoever writes it, and nobody waits for one that takes nothing."""

import os
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper

from tui.writer import LITTLE, Writer

LONG = 40 * LITTLE  # more than a terminal holds that nobody reads


@contextmanager
def terminal() -> Iterator[tuple[int, TextIOWrapper]]:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    with open(theirs, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
        yield ours, file
    os.close(ours)


def read(ours: int, count: int) -> str:
    data = b""
    while len(data) < count:
        data += os.read(ours, 1 << 16)
    return data.decode()


def begun(file: TextIOWrapper) -> Writer:
    writer = Writer(file)
    writer.start()
    return writer


def test_short_and_long_come_in_their_order() -> None:
    texts = [f"{number}é" * (1 if number % 3 else LITTLE) for number in range(60)]
    whole = "".join(texts)
    with terminal() as (ours, file):
        came: list[str] = []
        reader = threading.Thread(target=lambda: came.append(read(ours, len(whole.encode()))))
        reader.start()
        writer = begun(file)
        for text in texts:
            writer.write(text)
        reader.join()
        writer.stop()
    assert came == [whole]


def test_a_key_is_answered_without_the_thread() -> None:
    with terminal() as (ours, file):
        writer = Writer(file)  # its thread was never started
        writer.write("at once")
        assert read(ours, 7) == "at once"


def test_nobody_waits_for_a_terminal_that_takes_nothing() -> None:
    with terminal() as (ours, file):
        writer = begun(file)
        writer.write("a" * LONG)
        for number in range(9):
            writer.write(str(number))  # would wait for ever here
        assert read(ours, LONG + 9) == "a" * LONG + "012345678"
        writer.stop()
