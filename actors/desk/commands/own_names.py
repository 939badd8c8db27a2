"""A mailbox's aliases ([W9]) and its never-sync list ([C8]): whose own an address is, and what a mailbox does not give.

Mail that either touches is settled again.
"""

from collections.abc import Sequence
from typing import Final

from actors.desk.commands.documents import need_no_hold
from actors.desk.commands.ground import Act
from actors.desk.commands.past import only_seen, settle_past
from actors.desk.commands.resolving import clean_address, thread_of
from store.model.errors import BadRequest, NotFound
from store.model.ids import ThreadKey
from store.model.never_sync import of_thread, thread_in
from store.model.plain import plain
from store.rules.never_sync import covers
from store.rules.permissions import Action
from store.vault.mailboxes import KeptMailbox
from store.vault.seen import Seen

MOST: Final = 500
LONGEST: Final = 320


def own_names(act: Act, box: KeptMailbox, *, aliases: Sequence[str] | None, never_sync: Sequence[str] | None) -> bool:
    """Whether any of them changed."""
    touched = _aliases(act, box, aliases) if aliases is not None else set()
    changed = bool(touched)
    in_threads: set[ThreadKey] = set()
    if never_sync is not None:
        threads = {thread for one in never_sync if (thread := _thread(act, one, box)) is not None}
        known = {str(act.vault.ids.thread(thread)) for thread in threads}
        others = {_pattern(one) for one in never_sync if one.strip() not in known}
        wanted = tuple(sorted({*others, *map(of_thread, threads)}))
        if len(wanted) > MOST:
            raise BadRequest("too_long")
        if wanted != box.never_sync:
            changed = True
            new = set(wanted) ^ set(box.never_sync)
            for pattern in new:
                act.vault.mailboxes.never_sync(box.mailbox, pattern, on=pattern in wanted)
            _need_no_hold(act, box, new & set(wanted))
            touched |= _covered(act, {one for one in new if thread_in(one) is None})
            in_threads = {thread for one in new if (thread := thread_in(one)) is not None}
    if changed:
        act.people_changed(rights=True)
        emails = {*act.vault.emails.bearing(touched), *(m for t in in_threads for m in act.vault.emails.in_thread(t))}
        settle_past(act, emails, kind="set_mailbox", expected=only_seen(act))
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


def _thread(act: Act, text: str, box: KeptMailbox) -> ThreadKey | None:
    """A thread that the actor sees, or that stands there already. Filed mail is only taken from its client by who may
    delete it (Z21).
    """
    try:
        named = act.vault.ids.thread_key(text.strip())
    except NotFound:  # no id: an address or a domain
        return None
    key = act.vault.threads.resolve(named)
    if key is None:
        raise NotFound
    if of_thread(key) in box.never_sync:
        return key
    _key, emails = thread_of(act, act.vault.ids.thread(key))
    clients = Seen(act.vault.database, act.scope, now=act.now).filed_with(emails)
    act.need(Action.MAKE_PRIVATE, away_from=clients)
    need_no_hold(act, clients)
    return key


def _pattern(text: str) -> str:
    """An address, a domain, or either with `*`."""
    pattern = text.strip().casefold()
    if not pattern or len(pattern) > LONGEST or plain(pattern) != pattern or any(one.isspace() for one in pattern):
        raise BadRequest("bad_value", field="never_sync")
    return pattern


def _need_no_hold(act: Act, box: KeptMailbox, patterns: set[str]) -> None:
    """What a list is to cover from now on takes no mail of this mailbox from a client under a hold ([C10])."""
    covered = _covered(act, {one for one in patterns if thread_in(one) is None})
    here = act.vault.emails.lying_in(box.mailbox, act.vault.emails.bearing(covered))
    need_no_hold(act, Seen(act.vault.database, act.scope, now=act.now).filed_with(here))


def _covered(act: Act, patterns: set[str]) -> set[int]:
    return {key for key, text in act.vault.addresses.all().items() if covers(patterns, (text,))}
