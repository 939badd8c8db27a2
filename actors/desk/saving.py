"""Attachments that save themselves ([A1], Z19): what is to be done, as errands, and what was done, kept with their end.

The desk judges by rules.saving; the DocumentsActor reads bytes and writes files. Must not parse.
"""

from typing import Final

import msgspec

from actors.desk.gathering import facts_of, gather
from actors.desk.settling import SAVE
from actors.desk.shelving import folder_name, year_of
from actors.desk.turn import Turn
from actors.messages import AttachmentsStaged, SaveErrand, SavePart, SavingOpen, SavingStirred
from actors.switchboard import DOCUMENTS
from store.mime.names import file_name
from store.model.copy import Part
from store.model.filing import Reason
from store.model.ids import ClientKey, DocumentKey, ErrandKey, MailboxKey
from store.model.kept import Shape
from store.model.views import NoticeKind
from store.rules.saving import Trust, trust, worth_saving
from store.rules.settings import DOCUMENT_LIMIT, DOCUMENT_TYPES, with_defaults
from store.rules.vouching import vouched
from store.vault.following import NewAnnouncement
from store.vault.kept import KeptEmail
from store.vault.settings import firm_settings
from store.vault.shelf import KeptDocument, staged_place

AT_ONCE: Final = 10  # errands that are given to the actor
OTHERS: Final = 20  # emails of a sender that are looked at for what comes each time

_shape = msgspec.msgpack.Decoder(Shape).decode


def stir(turn: Turn) -> None:
    """At a turn's end: somebody is told if what errands wait for has come, or there are new ones."""
    emails = turn.saving | {email for email, _no in turn.contents}
    contents = [email + no for email, no in turn.contents]
    if (
        (contents and turn.vault.contents.has_files_wanted(contents))
        or (emails and turn.vault.errands.any_open(SAVE, emails))
        or turn.vault.shelf.words.stirred
    ):
        turn.tell(DOCUMENTS, SavingStirred())
    turn.vault.shelf.words.stirred = False


def give(turn: Turn) -> None:
    """The next errands whose bodies are here; those that come to nothing are closed."""
    given: list[SaveErrand] = []
    for errand, email, client in turn.vault.errands.ready(SAVE, AT_ONCE):
        mail = turn.one(email)
        made = None if mail is None else _errand(turn, errand, mail, client)
        if made is None:
            turn.vault.errands.close(errand, at=turn.now)
        else:
            given.append(made)
    turn.tell(DOCUMENTS, SavingOpen(errands=tuple(given)))


def _errand(turn: Turn, errand: ErrandKey, mail: KeptEmail, client: ClientKey) -> SaveErrand | None:
    """None: nothing of it is saved now."""
    filing = mail.filings.get(client)
    content = next((one for one in sorted(mail.contents, key=lambda one: one.no) if one.whole), None)
    if filing is None or filing.ambiguous or content is None:
        return None
    settings = with_defaults(firm_settings(turn.vault.collections.all))
    parts = _worth(turn, mail, content.no, set(settings[DOCUMENT_TYPES].split(",")))
    if not parts:
        return None
    verdict = trust(
        vouched=_vouched(turn, mail, client if filing.reason is Reason.ADDRESS else None),
        kind=mail.kind,
        from_member=mail.from_member is not None,
    )
    most = int(settings[DOCUMENT_LIMIT])
    small = [part for part in parts if part.size <= most << 20]
    if verdict is Trust.WAIT:
        _tell(turn, NoticeKind.ATTACHMENTS_WAIT, mail, client, {"count": len(parts)})
    if verdict is not Trust.SAVE:
        return None
    if len(small) < len(parts):
        _tell(turn, NoticeKind.DOCUMENT_TOO_LARGE, mail, client, {"count": len(parts) - len(small), "most": most})
    if not small:
        return None
    made = tuple(SavePart(n=part.n, name=part.name, token=f"e{errand}-{part.n}") for part in small)
    for one in made:
        turn.vault.shelf.stage(one.token, at=turn.now)
    return SaveErrand(errand=errand, email=mail.email, content=content.no, parts=made)


def _vouched(turn: Turn, mail: KeptEmail, client: ClientKey | None) -> bool:
    facts = facts_of(turn, gather(turn, [mail]), mail, {})
    return vouched(facts, client, answers_ours=turn.vault.shelf.answers_ours(mail.email, mail.from_address))


def _worth(turn: Turn, mail: KeptEmail, no: int, types: set[str]) -> list[Part]:
    packed = turn.vault.contents.shape(mail.email, no)
    if packed is None:
        return []
    others = turn.vault.contents.shapes_from(mail.from_address, but=mail.email, most=OTHERS)
    elsewhere = {part.sha256 for raw in others for part in _shape(raw).parts}
    return [part for part in _shape(packed).parts if worth_saving(part, types=types, elsewhere=elsewhere)]


def staged(turn: Turn, message: AttachmentsStaged) -> None:
    """The files lie aside: each becomes a document, and the errand ends. A repeat finds it closed."""
    shelf = turn.vault.shelf
    if any(shelf.files.modified(staged_place(one.token)) is None for one in message.files):
        return  # swept away meanwhile: it is given again
    about = turn.vault.errands.close(message.errand, at=turn.now)
    mail = None if about is None else turn.one(about[0])
    if about is None or mail is None:
        return
    _email, client = about
    for one in message.files:
        if client not in mail.filings or shelf.same(client, one.sha256) is not None:
            shelf.discard(one.token)
            continue
        folder = shelf.folder_of(client) or _folder(turn, client)
        new = KeptDocument(
            DocumentKey(0), client, f"{folder}/{year_of(mail.date or mail.at)}", file_name(one.name), one.size,
            one.sha256, one.modified, email=mail.email, part=one.n, mailbox=_box(turn, mail), at=turn.now,
        )  # fmt: skip
        shelf.add(new, token=one.token)
        turn.told.append(NewAnnouncement("documents_changed", client=client))


def _folder(turn: Turn, client: ClientKey) -> str:
    return folder_name(turn.vault.firm.clients()[client], turn.vault.ids.client(client))


def _box(turn: Turn, mail: KeptEmail) -> MailboxKey | None:
    boxes = turn.book.mailboxes
    held = [seen.mailbox for seen in mail.sightings if seen.mailbox in boxes]
    return next((box for box in held if boxes[box].settings.save_attachments), held[0] if held else None)


def _tell(turn: Turn, kind: NoticeKind, mail: KeptEmail, client: ClientKey, said: dict[str, str | int]) -> None:
    """The members of the mailboxes that it came to."""
    boxes = turn.book.mailboxes
    members = {m for seen in mail.present() if seen.mailbox in boxes for m in boxes[seen.mailbox].members}
    for member in sorted(members):
        if not turn.book.scopes[member].allows_client(client):
            continue
        if turn.vault.notices.add(member, kind, at=turn.now, email=mail.email, client=client, arguments=said):
            turn.told.append(NewAnnouncement("notices_kept", member=member))
