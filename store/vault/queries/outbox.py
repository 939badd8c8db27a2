"""A member's own mail on its way out, as they are told of it. Nobody else sees it, whatever their role."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from store.model.errors import NotFound
from store.model.ids import EmailKey, OutboxId, ThreadKey
from store.model.outbox import Attached, OutboxDraft, OutboxRow, RecipientRow
from store.vault.ids import Ids
from store.vault.outbox import KeptOutbox, Outbox
from store.vault.queries.sight import Sight
from store.vault.queries.told import visible_emails

SENT_SHOWN: Final = 24 * 3600
_SNIPPET: Final = 160

Seen = Mapping[int, tuple[EmailKey, ThreadKey]]  # the emails that a mail names, as far as its writer sees them


def shown(sight: Sight) -> tuple[OutboxRow, ...]:
    """What is not sent, and what was sent in the last day; the newest first."""
    kept = Outbox(sight.database).shown(sight.scope.member, since=sight.now - SENT_SHOWN)
    seen = visible_emails(sight, named(kept))
    return tuple(row_of(one, ids=sight.ids, seen=seen) for one in kept)


def draft(sight: Sight, word: OutboxId) -> OutboxDraft:
    """One of them, to be written on."""
    kept = Outbox(sight.database).get(sight.ids.outbox_key(word))
    if kept is None or kept.member != sight.scope.member:
        raise NotFound
    return draft_of(kept, ids=sight.ids, seen=visible_emails(sight, named((kept,))))


def named(kept: Iterable[KeptOutbox]) -> set[int]:
    """The emails that these mails answer, and that they became."""
    return {key for one in kept for key in (one.answers, one.email) if key is not None}


def row_of(kept: KeptOutbox, *, ids: Ids, seen: Seen) -> OutboxRow:
    """As lists show it."""
    answers = None if kept.answers is None else seen.get(kept.answers)
    email = None if kept.email is None else seen.get(kept.email)
    thread = answers or email
    return OutboxRow(
        outbox=ids.outbox(kept.outbox),
        state=kept.state,
        from_=kept.draft.from_,
        subject=kept.draft.subject,
        recipients=tuple(
            RecipientRow(address=one.address, name=one.name, role=one.role, state=one.state, code=one.code)
            for one in kept.recipients
        ),
        at=kept.changed_at,
        message_id=kept.message_id,
        send_at=kept.send_at,
        tries=kept.tries,
        last_error=kept.error,
        attachments=len(kept.parts),
        thread=None if thread is None else ids.thread(thread[1]),
        email=None if email is None else ids.email(email[0]),
        snippet=" ".join(kept.draft.text[: 4 * _SNIPPET].split())[:_SNIPPET],
    )


def draft_of(kept: KeptOutbox, *, ids: Ids, seen: Seen) -> OutboxDraft:
    """As it is written on."""
    answers = None if kept.answers is None else seen.get(kept.answers)
    return OutboxDraft(
        row=row_of(kept, ids=ids, seen=seen),
        draft=msgspec.structs.replace(kept.draft, answers=None if answers is None else ids.email(answers[0])),
        attachments=tuple(Attached(n=one.n, name=one.name, type=one.type, size=one.size) for one in kept.parts),
    )
