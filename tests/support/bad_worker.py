"""A parsing process that misbehaves on order: a mail's first line says how. Otherwise it answers like an honest one.

Speaks the frames by itself, so that it can break them. Run as `python -P tests/support/bad_worker.py [MARK]`.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import BinaryIO

import msgspec

Frame = dict[str, object]


def main() -> None:
    """Serve until the pipe closes. MARK is a file that counts starts."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    if len(sys.argv) > 1:
        with Path(sys.argv[1]).open("a") as mark:
            mark.write(f"{os.getpid()}\n")
    while head := source.read(4):
        batch = msgspec.msgpack.decode(source.read(int.from_bytes(head, "big")))
        orders = {item["raw"].split(b"\n", 1)[0] for item in batch["items"]}
        misbehave(orders, sink)
        answer(sink, {"id": batch["id"], "copies": [copy(item) for item in batch["items"]]}, orders)


def misbehave(orders: set[bytes], sink: BinaryIO) -> None:
    """Do the worst that is ordered."""
    if b"die" in orders:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"exit" in orders:
        sys.exit(3)
    if b"hang" in orders:
        time.sleep(600)
    if b"garbage" in orders:
        sink.write(b"\0\0\0\x05hello")
        sink.flush()
        time.sleep(600)
    if b"huge" in orders:
        sink.write((1 << 30).to_bytes(4, "big"))
        while True:
            sink.write(b"\x90" * (1 << 20))
    if b"half" in orders:
        sink.write(b"\0\0\x10\0half an answer")
        sink.flush()
        sys.exit(0)


def answer(sink: BinaryIO, parsed: Frame, orders: set[bytes]) -> None:
    """Send the answer, or one that does not fit the question."""
    copies = parsed["copies"]
    if b"other-uid" in orders and isinstance(copies, list):
        copies[0]["uid"] += 1000
    if b"twice" in orders and isinstance(copies, list):
        copies.append(copies[0])
    if b"other-id" in orders:
        parsed["id"] = 77
    payload = msgspec.msgpack.encode(parsed)
    sink.write(len(payload).to_bytes(4, "big") + payload)
    sink.flush()


def copy(item: dict[str, object]) -> dict[str, object]:
    """The least that is a Copy."""
    return {"uid": item["uid"], "headers": {}, "header_block": b"", "identity": b"i" * 16, "content_hash": b"c" * 16}


if __name__ == "__main__":
    main()
