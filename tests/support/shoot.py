"""Pictures of the screens on a made-up firm, as SVG: `python -m tests.support.shoot FOLDER [SUBSTRING]`.

Time, names and size are fixed, so that the same screens give the same bytes.
"""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.screens.desk import ShownDesk
from tests.screens.firm import made_up_firm
from tests.screens.run import opened, settled
from tui import theme
from tui.i18n import set_language


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A screen to be pictured after some keys."""

    name: str
    keys: Sequence[str] = ()
    text: str = ""


SHOTS = (
    Shot(name="inbox"),
    Shot(name="all", keys=("g", "a", "j", "j")),
    Shot(name="client", keys=("h", "G", "enter")),
    Shot(name="reading", keys=("enter",)),
    Shot(name="forged", keys=("j", "j", "j", "enter")),
    Shot(name="search", keys=("slash",), text="soto"),
    Shot(name="why", keys=("w",)),
    Shot(name="help", keys=("question_mark",)),
)
SIZES = ((80, 24), (120, 40))


async def shoot(desk: ShownDesk, shot: Shot, *, size: tuple[int, int], look: str) -> str:
    """The picture."""
    async with opened(desk, size=size, look=look) as (app, pilot):
        await settled(app, pilot)
        await pilot.press(*shot.keys)
        await settled(app, pilot)
        await pilot.press(*shot.text)
        await settled(app, pilot)
        return app.export_screenshot(title="postroom")


async def main(folder: Path, only: str) -> None:
    """All of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for look in (theme.DARK, theme.LIGHT, theme.PLAIN):
        for size in SIZES:
            for shot in SHOTS:
                name = f"{shot.name}-{size[0]}x{size[1]}-{look.removeprefix('postroom-')}"
                if only in name:
                    picture = await shoot(made_up_firm(), shot, size=size, look=look)
                    (folder / f"{name}.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    os.environ["TZ"] = "Europe/Madrid"
    time.tzset()
    set_language(os.environ.get("SHOOT_LANGUAGE", "en"))
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
