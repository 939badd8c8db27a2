"""The screens beside neomutt and a bare Textual list, in a pty: `python -P -m bench.tui [--threads N] [--folder PATH]`.

All of one run alternate, so that the ratios hold whatever else the machine does; only they mean anything.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.fill import Filled, filled, postroom
from bench.terminal import Pressed, Terminal

IDLE_SECONDS: Final = 3
PRESSES: Final = 60
PAGES: Final = 12
PAGE_DOWN: Final = b"\x1b[6~"
LIMIT: Final = 1.5
PEER_BYTES: Final = 241  # what neomutt writes for a j with its sidebar on, where it is not there to be asked

_NEOMUTT: Final = """\
set folder="{maildir}" spoolfile="{maildir}" mbox_type=Maildir header_cache="{cache}"
set sidebar_visible=yes sidebar_width=24 mark_old=no sort=reverse-date confirmappend=no
set index_format="%Z %{{%d %b}} %-18.18F %s" pager_index_lines=0 wait_key=no check_new=no
named-mailboxes "All mail" "{maildir}"
bind index,pager <PageDown> next-page
"""


@dataclass(frozen=True, kw_only=True)
class Program:
    """How to start one of them, and the keys that do the same in each."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    down: bytes = b"j"
    page: bytes = PAGE_DOWN
    open: bytes = b"\r"
    opens: bool = True


@dataclass(kw_only=True)
class Figures:
    """Of one program."""

    start: list[float] = field(default_factory=list)
    down: list[Pressed] = field(default_factory=list)
    page: list[Pressed] = field(default_factory=list)
    open: list[float] = field(default_factory=list)
    rest: list[int] = field(default_factory=list)  # bytes of a j with all that follows it at rest
    idle: list[int] = field(default_factory=list)

    def told(self) -> dict[str, float]:
        """Medians: seconds for the start, milliseconds and bytes for keys."""
        told = {
            "start_s": statistics.median(self.start),
            "j_ms": statistics.median(one.first for one in self.down),
            "j_settled_ms": statistics.median(one.last for one in self.down),
            "j_bytes": statistics.median(one.size for one in self.down),
            "j_at_rest_bytes": statistics.median(self.rest),
            "page_ms": statistics.median(one.last for one in self.page),
            "page_bytes": statistics.median(one.size for one in self.page),
            "idle_bytes": max(self.idle),
        }
        return {**told, "open_ms": statistics.median(self.open)} if self.open else told


def programs(there: Filled, scratch: Path) -> list[Program]:
    """Those that are here."""
    found = [
        Program(name="postroom", command=postroom(), env=there.env),
        Program(
            name="bare list",
            command=[sys.executable, "-P", "-m", "bench.bare_list", str(there.table)],
            env={**there.env, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
            opens=False,
        ),
    ]
    peer = shutil.which("neomutt")
    if peer is not None:
        rc = scratch / "neomuttrc"
        rc.write_text(_NEOMUTT.format(maildir=there.maildir, cache=there.maildir.parent / "neomutt-cache"))
        found.append(Program(name="neomutt", command=[peer, "-n", "-F", str(rc)], env=there.env))
    return found


def measure(program: Program, figures: Figures) -> None:
    """One life of the program, from its start to its end."""
    with Terminal(program.command, program.env) as terminal:
        figures.start.append(terminal.painted())
        terminal.quiet(0.5)
        figures.idle.append(terminal.listen(IDLE_SECONDS))
        for _ in range(3):  # what is loaded once, at the first key
            terminal.press(program.down)
        figures.down += [terminal.press(program.down) for _ in range(PRESSES)]
        terminal.quiet(0.5)
        figures.rest += [terminal.press(program.down, quiet=0.5).size for _ in range(5)]
        figures.page += [terminal.press(program.page) for _ in range(PAGES)]
        terminal.quiet(0.5)
        if program.opens:
            terminal.write(program.open)
            figures.open.append(terminal.until(b"This is mail #"))


def ratios(told: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Ours to the bare list in time, and to neomutt in bytes."""
    ours, bare, peer = told["postroom"], told["bare list"], told.get("neomutt", {})
    by_time = {name: ours[name] / bare[name] for name in ("start_s", "j_ms", "j_settled_ms", "page_ms")}
    return {
        **by_time,
        "j_bytes": ours["j_bytes"] / peer.get("j_bytes", PEER_BYTES),
        "idle_bytes": ours["idle_bytes"],
        **({"open_ms to neomutt": ours["open_ms"] / peer["open_ms"]} if peer else {}),
    }


def main(arguments: Sequence[str]) -> int:
    """Measure and tell; 1 where a limit was passed."""
    parser = argparse.ArgumentParser(prog="bench.tui", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--threads", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "postroom-bench")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    there = filled(options.folder, options.threads)
    with tempfile.TemporaryDirectory() as scratch:
        told = _measured(programs(there, Path(scratch)), runs=options.runs)
    found = ratios(told)
    if options.json:
        sys.stdout.write(json.dumps({"threads": options.threads, "figures": told, "ratios": found}) + "\n")
    else:
        _print(options.threads, told, found)
    return 1 if _passed(found) else 0


def _measured(found: Sequence[Program], *, runs: int) -> dict[str, dict[str, float]]:
    figures = {program.name: Figures() for program in found}
    for program in found:  # once for the caches, and the office is started
        measure(program, Figures())
    for _ in range(runs):
        for program in found:
            measure(program, figures[program.name])
    return {name: one.told() for name, one in figures.items()}


def _passed(found: Mapping[str, float]) -> list[str]:
    """The limits that were passed."""
    limits: dict[str, Callable[[float], bool]] = {
        **dict.fromkeys(("start_s", "j_ms", "page_ms", "j_bytes"), lambda ratio: ratio > LIMIT),
        "idle_bytes": lambda count: count > 0,
    }
    return [name for name, over in limits.items() if over(found[name])]


def _print(threads: int, told: Mapping[str, Mapping[str, float]], found: Mapping[str, float]) -> None:
    sys.stdout.write(f"{threads} threads, 120×40\n\n")
    names = list(told["postroom"])
    sys.stdout.write(f"{'':18}" + "".join(f"{name:>12}" for name in told) + f"{'ratio':>10}\n")
    for name in names:
        cells = "".join(f"{one[name]:12.2f}" if name in one else f"{'–':>12}" for one in told.values())
        ratio = f"{found[name]:10.2f}" if name in found and name != "idle_bytes" else ""
        sys.stdout.write(f"{name:18}{cells}{ratio}\n")
    if "neomutt" not in told:
        sys.stdout.write(f"\nneomutt is not here; a j is compared with {PEER_BYTES} bytes\n")
    over = _passed(found)
    sys.stdout.write("\n" + (f"over the limit: {', '.join(over)}\n" if over else "all within the limits\n"))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
