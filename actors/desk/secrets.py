"""Where the home's secrets are kept, for who looks after it: told, changed, and opened by a passphrase.

Never a secret itself: there is no call that gives one. Whatever blocks is done on a thread.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from actors.insisting import insist
from actors.messages import Command
from actors.switchboard import Switchboard
from store.model.errors import Away, BadRequest
from store.model.secrets import CHOICE_FILE, SecretKind, SecretsView, Untold, choice_of

if TYPE_CHECKING:
    from providers.secrets import Secrets

SHORTEST: Final = 8
LONGEST: Final = 1000


async def move(
    box: "Callable[[], Secrets]",
    kind: SecretKind,
    *,
    passphrase: str | None,
    untold: Untold,
    record: Callable[[], Awaitable[object]],
) -> object:
    """Keep everything there, or nothing, and journal it: if this office ends between the two, the next one does."""
    from providers.errors import ProviderError, Unavailable, Unsupported  # noqa: PLC0415 - the socket answers first

    if (kind == "passphrase") != (passphrase is not None):
        raise BadRequest("passphrase_needed" if passphrase is None else "bad_value", field="passphrase")
    if passphrase is not None and not SHORTEST <= len(passphrase) <= LONGEST:
        raise BadRequest("passphrase_short", least=SHORTEST)
    try:
        await asyncio.to_thread(lambda: box().move(kind, passphrase=passphrase, untold=untold))
    except Unsupported:
        raise BadRequest("secrets_server") from None
    except Unavailable as error:
        raise Away("secrets_away", cause=error.code) from None
    except ProviderError as error:
        raise Away("secret_lost", cause=error.code) from None
    answer = await record()
    with contextlib.suppress(ProviderError):  # once more does no harm
        await asyncio.to_thread(lambda: box().told())
    return answer


def tell_again(data: Path, box: "Callable[[], Secrets]", switchboard: Switchboard) -> None:
    """Journal what an office before has moved and could not tell any more; the request is the same, and so it is told
    once. Blocks.
    """
    from providers.errors import ProviderError  # noqa: PLC0415 - the socket answers first

    try:
        choice = choice_of((data / CHOICE_FILE).read_bytes())
    except (OSError, ValueError):
        return  # there is none, or it is said where it is used
    untold = choice.untold
    if untold is None:
        return
    arguments = {"kind": choice.now.kind}
    command = Command(
        id=untold.request, member=untold.member, as_=untold.as_, method="keep_secrets", arguments=arguments
    )
    if insist(switchboard, command):
        with contextlib.suppress(ProviderError):
            box().told()


async def unlock(box: "Callable[[], Secrets]", passphrase: str) -> None:
    """Until the office ends. Raises BadRequest("passphrase_wrong")."""
    from providers.errors import ProviderError  # noqa: PLC0415 - the socket answers first

    try:
        await asyncio.to_thread(lambda: box().unlock(passphrase[:LONGEST]))
    except ProviderError as error:
        if error.code == "key_wrong":
            raise BadRequest("passphrase_wrong") from None
        raise Away("secret_lost", cause=error.code) from None


async def view(box: "Callable[[], Secrets]") -> SecretsView:
    """What `postroom doctor` says of them."""
    return await asyncio.to_thread(lambda: box().view())
