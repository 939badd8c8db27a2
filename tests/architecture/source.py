"""The project's own source as these tests read it: its modules, and what each of them imports, without running any."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from subprocess import run

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("actors", "providers", "store", "tui")


@cache
def modules(*tops: str) -> dict[str, ast.Module]:
    """Dotted name → tree, of everything below these packages (all of them if none is named)."""
    found = {}
    for top in tops or PACKAGES:
        for path in sorted((ROOT / top.replace(".", "/")).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def imports(tree: ast.AST) -> Iterator[str]:
    """The dotted names of all that a module imports, wherever in it; of `from a import b` both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after a statement; nothing of this process reaches it."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{statement}\nprint('\\nmodules:', *sys.modules)"
    done = run([sys.executable, "-I", "-c", code], cwd="/", capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("modules:")[2].split())


def below(name: str, *tops: str) -> bool:
    """Is a module one of these, or inside one of them?"""
    return any(name == top or name.startswith(f"{top}.") for top in tops)
