"""A mailbox's aliases ([W9]) and its never-sync list ([C8]): whose own an address is, and what a mailbox does not give.

Mail that either touches is settled again.
"""

from collections.abc import Sequence
from typing import Final

from actors.desk.commands.ground import Act
from actors.desk.commands.past import only_seen, settle_past
from actors.desk.commands.resolving import clean_address
from store.model.errors import BadRequest
from store.model.plain import plain
from store.rules.never_sync import covers
from store.vault.mailboxes import KeptMailbox

MOST: Final = 500
LONGEST: Final = 320


def own_names(act: Act, box: KeptMailbox, *, aliases: Sequence[str] | None, never_sync: Sequence[str] | None) -> bool:
    """Whether any of them changed."""
    touched = _aliases(act, box, aliases) if aliases is not None else set()
    changed = bool(touched)
    if never_sync is not None:
        wanted = tuple(sorted({_pattern(one) for one in never_sync}))
        if len(wanted) > MOST:
            raise BadRequest("too_long")
        if wanted != box.never_sync:
            changed = True
            new = set(wanted) ^ set(box.never_sync)
            for pattern in new:
                act.vault.mailboxes.never_sync(box.mailbox, pattern, on=pattern in wanted)
            touched |= _covered(act, new)
    if changed:
        act.people_changed(rights=True)
        settle_past(act, act.vault.emails.bearing(touched), kind="set_mailbox", expected=only_seen(act))
    return changed


def _aliases(act: Act, box: KeptMailbox, aliases: Sequence[str]) -> set[int]:
    """Keys of those that came or went."""
    wanted = {clean_address(one) for one in aliases} - {box.address.casefold()}
    if len(wanted) > MOST:
        raise BadRequest("too_long")
    main = act.vault.addresses.find((box.address.casefold(),)).get(box.address.casefold())
    had = set(box.addresses) - {main}
    now = set(act.vault.addresses.keys(wanted).values())
    for key in now - had:
        _need_free(act, box, key)
    act.vault.mailboxes.answer_to(box.mailbox, now, main=main)
    return now ^ had


def _need_free(act: Act, box: KeptMailbox, key: int) -> None:
    """Nobody's address is taken without the owner (Z4)."""
    if act.scope.owner:
        return
    others = [one for one in act.vault.mailboxes.all().values() if one.mailbox != box.mailbox]
    if any(key in one.addresses for one in others) or act.vault.firm.contact_of(key) is not None:
        raise BadRequest("address_taken", address=act.vault.addresses.texts((key,))[key])


def _pattern(text: str) -> str:
    """An address, a domain, or either with `*`."""
    pattern = text.strip().casefold()
    if not pattern or len(pattern) > LONGEST or plain(pattern) != pattern or any(one.isspace() for one in pattern):
        raise BadRequest("bad_value", field="never_sync")
    return pattern


def _covered(act: Act, patterns: set[str]) -> set[int]:
    return {key for key, text in act.vault.addresses.all().items() if covers(patterns, (text,))}
