"""Sign-ins and the firm's registrations, in memory. A test says how the person elsewhere did (`signed`)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import msgspec

from actors.desk.api import NewMailbox
from store.model.errors import Away, BadRequest, DeskError, NotFound
from store.model.ids import RequestId
from store.model.mailbox import MailboxSettings, MailboxView, SyncState
from store.model.preview import Preview
from store.model.sign_in import BY_PROVIDER, ProviderApp, SignIn, SignInWay
from store.model.views import Done
from tests.support.fake_calls import FakePart, call, command

PROVIDERS = ("microsoft", "google", "openid")


class FakeSignIns(FakePart):
    """A part of FakeDesk."""

    boxes: list[MailboxView]

    def __init__(self) -> None:
        self.apps: dict[str, ProviderApp] = {}
        self.waiting: dict[str, tuple[SignIn, NewMailbox | None]] = {}
        self.outcomes: dict[str, DeskError | None] = {}
        self._news = asyncio.Event()
        self.previews: tuple[Preview, ...] = (Preview(over=True),)  # what a preview says, the last at its end

    def signed(self, sign_in: str, error: DeskError | None = None) -> None:
        """The person has done their part, or it has failed."""
        self.outcomes[sign_in] = error
        self._news.set()

    def _add_box(self, settings: MailboxSettings, *, state: SyncState) -> MailboxView:
        raise NotImplementedError

    @call
    async def begin_sign_in(
        self,
        *,
        way: SignInWay,
        mailbox: NewMailbox | None = None,
        address: str = "",
        provider: str = "",
        account: str = "",
        command: Sequence[str] = (),
    ) -> SignIn:
        if mailbox is None and not any(box.settings.address.casefold() == address.casefold() for box in self.boxes):
            raise NotFound
        if way in BY_PROVIDER and provider not in ("", *PROVIDERS):
            raise BadRequest("no_such_provider", name=provider)
        if way in BY_PROVIDER and provider not in self.apps and provider:
            raise BadRequest("no_client_id", provider=provider)
        about = address if mailbox is None else mailbox.address
        told = SignIn(
            sign_in=f"s{len(self.waiting) + 1}",
            way=way,
            member=self.firm.owner.name,
            address=about,
            account=account or about,
            expires_at=2_000_000_000,
            url="https://login.example/device" if way in BY_PROVIDER else "",
            user_code="ABCD-EFGH" if way is SignInWay.DEVICE else "",
        )
        self.waiting[told.sign_in] = (told, mailbox)
        return told

    @call
    async def wait_sign_in(self, sign_in: str, *, timeout: float = 25) -> bool:
        self._told(sign_in)
        if sign_in not in self.outcomes:
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), timeout)
        if sign_in not in self.outcomes:
            return False
        error = self.outcomes[sign_in]
        if error is not None:
            raise error
        return True

    @command
    async def finish_sign_in(self, request: RequestId, sign_in: str, *, answer: str = "") -> MailboxView:
        told, wanted = self._told(sign_in)
        if told.way is SignInWay.PASSWORD and not answer:
            raise BadRequest("no_password")
        if told.way is SignInWay.PASTE and "code=" not in answer:
            raise BadRequest("not_redirected")
        if told.way in (SignInWay.DEVICE, SignInWay.BROWSER) and not answer and sign_in not in self.outcomes:
            raise Away("sign_in_waiting")
        error = self.outcomes.get(sign_in)
        if error is not None:
            raise error
        del self.waiting[sign_in]
        if wanted is None:
            place = next(n for n, box in enumerate(self.boxes) if box.settings.address == told.address)
            self.boxes[place] = msgspec.structs.replace(self.boxes[place], state=SyncState.SYNCED)
            self.announce("mailbox_told")
            return self.boxes[place]
        settings = MailboxSettings(
            address=wanted.address, login=wanted.login, imap=wanted.imap, smtp=wanted.smtp, scope=wanted.scope
        )
        return self._add_box(settings, state=SyncState.SYNCED)

    async def preview(self, mailbox: NewMailbox, *, sign_in: str = "", answer: str = "") -> AsyncIterator[Preview]:
        await self.called("preview", (mailbox,), {"sign_in": sign_in, "answer": answer})
        if "@" not in mailbox.address:
            raise BadRequest("bad_address", address=mailbox.address)
        if sign_in:
            self._told(sign_in)
        elif not mailbox.password:
            raise BadRequest("no_password")
        for one in self.previews:
            yield one

    @call
    async def cancel_sign_in(self, sign_in: str) -> Done:
        self.waiting.pop(sign_in, None)
        return Done(done=True, affected=0)

    def _told(self, sign_in: str) -> tuple[SignIn, NewMailbox | None]:
        if sign_in not in self.waiting:
            raise NotFound
        return self.waiting[sign_in]

    @call
    async def providers(self) -> tuple[ProviderApp, ...]:
        return tuple(self.apps.get(name, ProviderApp(provider=name)) for name in PROVIDERS)

    @command
    async def set_provider(self, request: RequestId, app: ProviderApp, *, client_secret: str | None = None) -> Done:
        if app.provider not in PROVIDERS:
            raise BadRequest("no_such_provider", name=app.provider)
        if app.authority and not app.authority.startswith("https://"):
            raise BadRequest("bad_value", field="authority")
        if not app.client_id:
            self.apps.pop(app.provider, None)
        else:
            before = self.apps.get(app.provider)
            same = before is not None and before.client_id == app.client_id
            kept = bool(before and same and before.has_secret)
            secret = bool(client_secret) if client_secret is not None else kept
            self.apps[app.provider] = msgspec.structs.replace(app, has_secret=secret)
        return Done(done=True, affected=1)
