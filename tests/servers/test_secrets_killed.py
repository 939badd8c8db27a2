"""An office that is killed while secrets are moved: moved and journalled once, or neither."""

import asyncio
import contextlib
import shutil
from collections.abc import Iterator

import pytest

from actors.desk.remote import RemoteDesk
from actors.paths import under
from providers.secrets import Ground, Secrets
from store.model.errors import DeskError
from store.model.ids import RequestId
from store.model.secrets import CHOICE_FILE, choice_of
from tests.support.cli import Cli
from tests.support.home import short_folder
from tests.support.lethal_office import LethalOffice
from tests.support.served import HELLO

PASSPHRASE, CLIENT_SECRET = "a passphrase of some length", "planted-client-secret"


@pytest.fixture
def cli() -> Iterator[Cli]:
    home = short_folder()
    with Cli(home) as made:
        words = ["provider", "set", "google", "--client-id", "x", "--secret-stdin"]
        made.one(*words, stdin=f"{CLIENT_SECRET}\n")
        made.call("office", "stop")
        yield made
    shutil.rmtree(home)


def move(cli: Cli, *, request: str = "move") -> None:
    """As a caller does that does not ask again when its office dies."""

    async def ask() -> None:
        desk = await RemoteDesk.connect(under(cli.home), HELLO)
        with contextlib.suppress(DeskError):
            await desk.keep_secrets(RequestId(request), "passphrase", passphrase=PASSPHRASE)
        await desk.close()

    asyncio.run(ask())


def journalled(cli: Cli) -> int:
    return [row["action"] for row in cli.rows("journal")].count("keep_secrets")


def kept_in(cli: Cli) -> tuple[str, bool]:
    """Where they are, and whether they are all there."""
    data = under(cli.home).data
    secrets = Secrets(Ground(data=data, key=under(cli.home).key))
    secrets.unlock(PASSPHRASE)
    raw = secrets.get("app/google")
    return str(secrets.view().kind), raw is not None and CLIENT_SECRET.encode() in raw


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_the_journal_s_entry_the_next_office_writes_it_once(cli: Cli, moment: str) -> None:
    with LethalOffice(cli, f"desk:Command:{moment}") as office:
        move(cli)
        office.wait_killed()
    assert kept_in(cli) == ("passphrase", True)
    cli.until(lambda: journalled(cli) == 1, what="the entry")
    choice = under(cli.home).data / CHOICE_FILE
    cli.until(lambda: choice_of(choice.read_bytes()).untold is None, what="that it is told")
    cli.call("office", "restart")
    assert journalled(cli) == 1


def test_moved_in_peace_it_is_journalled_once(cli: Cli) -> None:
    cli.rows("member", "list")
    move(cli)
    assert kept_in(cli) == ("passphrase", True)
    assert choice_of((under(cli.home).data / CHOICE_FILE).read_bytes()).untold is None
    cli.call("office", "restart")
    assert journalled(cli) == 1
