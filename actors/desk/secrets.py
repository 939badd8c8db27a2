"""Where the home's secrets are kept, for who looks after it: told, changed, and opened by a passphrase.

Never a secret itself: there is no call that gives one. Whatever blocks is done on a thread.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from store.model.errors import Away, BadRequest
from store.model.secrets import SecretKind, SecretsView

if TYPE_CHECKING:
    from providers.secrets import Secrets

SHORTEST: Final = 8
LONGEST: Final = 1000


async def move(
    box: "Callable[[], Secrets]",
    kind: SecretKind,
    *,
    passphrase: str | None,
    record: Callable[[], Awaitable[object]],
) -> object:
    """Keep everything there, or nothing, and note it."""
    from providers.errors import ProviderError, Unavailable, Unsupported  # noqa: PLC0415 - the socket answers first

    if (kind == "passphrase") != (passphrase is not None):
        raise BadRequest("passphrase_needed" if passphrase is None else "bad_value", field="passphrase")
    if passphrase is not None and not SHORTEST <= len(passphrase) <= LONGEST:
        raise BadRequest("passphrase_short", least=SHORTEST)
    try:
        await asyncio.to_thread(lambda: box().move(kind, passphrase=passphrase))
    except Unsupported:
        raise BadRequest("secrets_server") from None
    except Unavailable as error:
        raise Away("secrets_away", cause=error.code) from None
    except ProviderError as error:
        raise Away("secret_lost", cause=error.code) from None
    return await record()


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
