"""A client's export and legal hold ([C7], [C10]): what is judged and journalled; the files are the caller's."""

import re
from typing import Final

from actors.desk.commands.ground import Act
from actors.desk.commands.resolving import client_of
from actors.desk.commands.undos import NOTHING
from store.model.errors import BadRequest
from store.model.views import Done
from store.rules.permissions import Action

_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def begin_export(act: Act, *, client: str) -> Done:
    """Somebody takes a copy of all that they see of a client."""
    key = client_of(act, client)
    act.need(Action.EXPORT, clients=(key,))
    act.about = f"client {key}"
    return Done(done=True, affected=1)


def end_export(act: Act, *, client: str, emails: int, documents: int, manifest: str) -> Done:
    """The copy is whole: the journal keeps the SHA-256 of its manifest."""
    key = client_of(act, client)
    act.need(Action.EXPORT, clients=(key,))
    if _SHA256.fullmatch(manifest) is None or min(emails, documents) < 0:
        raise BadRequest("bad_value", field="manifest")
    act.vault.firm.exported(key, at=act.now)
    act.announce("firm_changed", client=key)
    act.about = f"client {key} - mails: {emails} - documents: {documents} - manifest: {manifest}"
    return Done(done=True, affected=emails + documents)


def hold_client(act: Act, *, client: str, on: bool) -> Done:
    """Lay a legal hold on a client, or lift it: it forbids whatever removes."""
    key = client_of(act, client)
    act.need(Action.HOLD, clients=(key,))
    if not act.vault.firm.hold(key, at=act.now if on else None):
        return NOTHING
    act.announce("firm_changed", client=key)
    act.about = f"client {key} {'on' if on else 'off'}"
    return Done(done=True, affected=1)
