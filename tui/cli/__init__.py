"""The `postroom` command. Each command group is a module of its own, imported when it is called.

So a short command starts quickly, and a headless machine never loads a screen.
"""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (docs/cli.md); never raises, never shows a traceback."""
    import gc
    import sys

    gc.disable()  # all that is loaded here stays
    try:
        from tui.cli.run import run
    finally:
        gc.enable()
    return run(list(sys.argv[1:] if arguments is None else arguments))
