"""The fake desk's part for the life of a mailbox after set-up: switches, names, stop, reset, sharing, leaving."""

from collections.abc import Sequence

from msgspec.structs import replace

from actors.desk import drafts
from store.model.address import Address
from store.model.address import NotAllowed as BadText
from store.model.errors import BadRequest, NotAllowed, NotFound
from store.model.firm import Member, MemberRole
from store.model.ids import RequestId
from store.model.mailbox import Ending, MailboxSettings, MailboxView, SyncState
from store.model.signature import Signature
from store.model.views import Done, MailboxStatus, MemberSync
from store.rules.voice import of_address, with_own
from tests.support.fake_calls import FakePart, call, command


class FakeBoxes(FakePart):
    """See the module."""

    boxes: list[MailboxView]

    def _box(self, address: str) -> MailboxView:
        found = next((box for box in self.boxes if box.settings.address.casefold() == address.casefold()), None)
        if found is None:
            raise NotFound
        return found

    def _member_named(self, name: str) -> Member:
        found = [one for one in self.firm.members if name in (one.member, one.name)]
        if not found:
            raise NotFound
        return found[0]

    @command
    async def set_own_address(
        self,
        request: RequestId,
        mailbox: str,
        address: str,
        *,
        name: str | None = None,
        signature: str | None = None,
        html: bool = False,
    ) -> Done:
        box = self._box(mailbox)
        if box.settings.imap is None:
            raise BadRequest("local_mailbox")
        key = drafts.address(address)
        if key not in (box.settings.address, *box.aliases):
            raise NotFound
        before, source = of_address(box.settings, key), None if signature is None else signature.strip("\n")
        own = replace(
            before,
            name=before.name if name is None else drafts.line(name),
            signature=before.signature if source is None else Signature(source=source, html=html) if source else None,
        )
        if own == before:
            return Done(done=False, affected=0)
        settings = replace(box.settings, own=with_own(box.settings, own))
        self.boxes[self.boxes.index(box)] = replace(box, settings=settings)
        self.announce("mailbox_told")
        return Done(done=True, affected=1)

    @call
    async def ending(self, address: str) -> Ending:
        box = self._box(address)
        return Ending(address=box.settings.address, others=box.members[1:])

    @command
    async def stop_mailbox(self, request: RequestId, address: str) -> Done:
        self.boxes.remove(self._box(address))
        self.announce("scope_changed")
        return Done(done=True, affected=1)

    @command
    async def reset_mailbox(self, request: RequestId, address: str) -> Done:
        box = self._box(address)
        if box.settings.imap is None:
            raise BadRequest("local_mailbox")
        self.boxes[self.boxes.index(box)] = replace(box, state=SyncState.SYNCING)
        self.announce("mailbox_told")
        return Done(done=True, affected=1)

    @command
    async def share(self, request: RequestId, address: str, member: str) -> Done:
        box, who = self._box(address), self._member_named(member)
        if box.settings.imap is None:
            raise BadRequest("local_mailbox")
        if who.name in box.members:
            return Done(done=False, affected=0)
        self.boxes[self.boxes.index(box)] = replace(box, members=tuple(sorted((*box.members, who.name))))
        self.announce("mailbox_told")
        return Done(done=True, affected=1)

    @command
    async def unshare(self, request: RequestId, address: str, member: str) -> Done:
        box, who = self._box(address), self._member_named(member)
        if who.name not in box.members:
            raise NotFound
        left = tuple(name for name in box.members if name != who.name)
        place = self.boxes.index(box)
        self.boxes[place : place + 1] = [replace(box, members=left)] if self.firm.owner.name in left else []
        self.announce("mailbox_told")
        return Done(done=True, affected=1)

    @command
    async def leave_firm(self, request: RequestId, member: str, *, pass_to: str) -> Done:
        leaver, heir = self._member_named(member), self._member_named(pass_to)
        if leaver.role is MemberRole.OWNER:
            raise NotAllowed("not_allowed", right="leave_firm")
        if leaver == heir:
            raise BadRequest("bad_value", field="pass_to")
        self.firm.members.remove(leaver)
        self.announce("firm_changed")
        return Done(done=True, affected=0)

    @call
    async def team(self) -> tuple[MemberSync, ...]:
        return tuple(
            MemberSync(
                member=one.member,
                name=one.name,
                role=one.role,
                mailboxes=tuple(_status(box) for box in self.boxes if one.name in box.members),
            )
            for one in sorted(self.firm.members, key=lambda one: one.name)
        )


def _status(box: MailboxView) -> MailboxStatus:
    return MailboxStatus(
        address=box.settings.address, state=box.state, last_success=box.last_success, last_error=box.last_error,
        paused=box.paused, done=box.done, total=box.total,
    )  # fmt: skip


def set_up(
    settings: MailboxSettings,
    *,
    save_attachments: bool | None,
    on_behalf: bool | None,
    signature: str | None,
    signature_html: bool,
    no_send: bool,
) -> MailboxSettings:
    """What is not said stays."""
    if signature is not None:
        kept = signature.strip("\n")
        settings = replace(settings, signature=kept, signature_html=signature_html and bool(kept))
    return replace(
        settings,
        save_attachments=settings.save_attachments if save_attachments is None else save_attachments,
        on_behalf=settings.on_behalf if on_behalf is None else on_behalf,
        smtp=None if no_send else settings.smtp,
    )


def named(box: MailboxView, *, aliases: Sequence[str] | None, never_sync: Sequence[str] | None) -> MailboxView:
    """Its aliases and its never-sync list are these."""
    if aliases is not None:
        try:
            box = replace(box, aliases=tuple(sorted({str(Address(one)) for one in aliases} - {box.settings.address})))
        except BadText:
            raise BadRequest("bad_address") from None
    if never_sync is not None:
        if any(not one.strip() or " " in one.strip() for one in never_sync):
            raise BadRequest("bad_value", field="never_sync")
        box = replace(box, never_sync=tuple(sorted({one.strip().casefold() for one in never_sync})))
    return box
