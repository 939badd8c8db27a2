"""The desk's side of a sign-in: who may begin it, for which mailbox, and what is kept at its end ([S1], Z24).

Nothing is kept unless both servers let us in with it, and it is sealed before the record. Blocking work is done on
threads. Must not keep a secret longer than a call.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeVar, cast

import msgspec

from actors.desk.api import NewMailbox
from actors.messages import SyncNow
from actors.switchboard import Switchboard, mailbox_name
from store.model.errors import Away, BadRequest, DeskError, NotAllowed, NotFound
from store.model.ids import MailboxKey, MemberKey
from store.model.mailbox import MailboxView, ServerSettings
from store.model.record import Record
from store.model.sign_in import BY_COMMAND, BY_PROVIDER, ProviderApp, SignIn, SignInWay

if TYPE_CHECKING:
    from actors.signing import SignIns
    from providers.oauth.records import App, Command, Kept, ProviderName, Token
    from providers.protocols import MailSource, Secret
    from providers.secrets import Secrets

PROVIDERS: Final = ("microsoft", "google", "openid")
MOST_PEM: Final = 16_000
MOST_SECONDS: Final = 60.0  # that a call waits for a person


Recorded = TypeVar("Recorded")


class Settle(Protocol):
    """Told whether what was sealed is recorded; if not, all is as it was before. May block."""

    def __call__(self, *, recorded: bool) -> None: ...


class Logins(Protocol):
    """The ways to log in, as the office has them. All but `sign_ins` may block."""

    @property
    def sign_ins(self) -> "SignIns": ...
    def check(self, wanted: NewMailbox, secret: "Secret | None" = None) -> None: ...
    def run(self, command: "Command") -> "Secret": ...
    def look_in(self, wanted: NewMailbox, secret: "Secret", look: "Callable[[MailSource], Recorded]") -> "Recorded": ...
    def keep(self, wanted: NewMailbox, kept: "Kept | None" = None, token: "Token | None" = None) -> Settle: ...
    def app(self, provider: str) -> "App | None": ...
    def token_ages(self) -> dict[str, float]: ...
    def app_of(self, wanted: NewMailbox) -> "App | None": ...
    def account_of(self, wanted: NewMailbox) -> str: ...
    def put_app(self, provider: str, app: "App | None") -> Settle: ...
    def box(self) -> "Secrets": ...


class Own(Record, frozen=True, kw_only=True):
    """A mailbox of the caller's that is to be signed in again."""

    key: MailboxKey
    view: MailboxView


class About(Record, frozen=True, kw_only=True):
    """What a sign-in is for. `own`: the mailbox that is signed in again; None: a new one."""

    wanted: NewMailbox
    own: MailboxKey | None = None
    command: tuple[str, ...] = ()


Stored = tuple[ServerSettings, ServerSettings | None]


class Records(Protocol):
    """Writes what a sign-in is for."""

    async def __call__(self, about: About, *, joins: bool) -> MailboxView: ...


def wanted_again(own: Own) -> NewMailbox:
    """A mailbox as it was set up."""
    settings = own.view.settings
    if settings.imap is None:
        raise BadRequest("local_mailbox")
    return NewMailbox(
        address=settings.address, login=settings.login, password="", imap=settings.imap, smtp=settings.smtp
    )


async def begin(
    logins: Logins,
    about: About,
    *,
    caller: MemberKey,
    member: str,
    way: SignInWay,
    provider: str,
    account: str,
    shared: bool,
) -> SignIn:  # fmt: skip
    """Raises DeskError: BadRequest no_client_id where the firm has no registration."""
    app = None
    if way in BY_PROVIDER:
        if provider not in ("", *PROVIDERS):
            raise BadRequest("no_such_provider", name=provider)
        app = await asyncio.to_thread(_app, logins, provider, about.wanted)
        if about.own is not None and not account.strip():  # of a shared mailbox it is not the login
            account = await asyncio.to_thread(logins.account_of, about.wanted)
    elif way in BY_COMMAND:
        _command(about, way, shared=shared)  # said now, not at the end
    return await asyncio.to_thread(
        lambda: logins.sign_ins.begin(
            caller,
            member=member,
            address=about.wanted.address,
            account=account.strip() or about.wanted.login,
            way=way,
            app=app,
            about=about,
        )
    )


def _app(logins: Logins, provider: str, wanted: NewMailbox) -> "App":
    found = logins.app(provider) if provider else logins.app_of(wanted)
    if found is None:
        raise BadRequest("no_client_id", provider=provider or PROVIDERS[-1])
    return found


def _command(about: About, way: SignInWay, *, shared: bool) -> "Command":
    """On a server a program is one that the administrator's file names; at home it is run as it was given."""
    from providers.oauth.commands import usable  # noqa: PLC0415 - not before somebody signs in
    from providers.oauth.records import Command  # noqa: PLC0415

    gives: Literal["token", "password"] = "token" if way is SignInWay.TOKEN_COMMAND else "password"
    if shared:
        if len(about.command) != 1 or "/" in about.command[0]:
            raise NotAllowed("command_not_named")
        return Command(gives=gives, named=about.command[0])
    if not usable(about.command):
        raise BadRequest("bad_command")
    return Command(gives=gives, argv=about.command)


async def finish(
    logins: Logins,
    sign_in: str,
    *,
    caller: MemberKey,
    answer: str,
    shared: bool,
    stored: Callable[[NewMailbox], Awaitable[Stored | None]],
    record: Records,
) -> tuple[MailboxView, About]:  # fmt: skip
    """`record` writes the mailbox; if it refuses, the secret is as it was. Of others' mailbox only the servers that are
    `stored` say who may join, and what it logs in with stays theirs (Z4). Raises DeskError.
    """
    told, about = await asyncio.to_thread(logins.sign_ins.about, caller, sign_in)
    kept, token, secret = await asyncio.to_thread(
        _brought, logins, told, about, caller=caller, answer=answer, shared=shared
    )
    theirs = await stored(about.wanted) if about.own is None and about.wanted.member is None else None
    if theirs is not None:
        asked = msgspec.structs.replace(about.wanted, imap=theirs[0], smtp=theirs[1])
        await asyncio.to_thread(logins.check, asked, secret)
        view = await record(about, joins=True)
    else:
        await asyncio.to_thread(logins.check, about.wanted, secret)
        view = await asyncio.shield(_kept(logins, about, kept, token, record))
    await asyncio.to_thread(logins.sign_ins.cancel, caller, sign_in)
    return view, about


async def _kept(logins: Logins, about: About, kept: "Kept", token: "Token | None", record: Records) -> MailboxView:
    """What has begun is done to its end."""
    settle = await asyncio.to_thread(logins.keep, about.wanted, kept, token)
    return await or_as_it_was(lambda: record(about, joins=False), settle)


async def or_as_it_was(record: Callable[[], Awaitable[Recorded]], settle: Settle) -> Recorded:
    """Sealed first, then recorded: what is refused is taken back. Not where nobody knows whether it was recorded."""
    recorded = True
    try:
        return await record()
    except DeskError as refused:
        recorded = isinstance(refused, Away)
        raise
    finally:
        await asyncio.to_thread(lambda: settle(recorded=recorded))


def _brought(
    logins: Logins, told: SignIn, about: About, *, caller: MemberKey, answer: str, shared: bool
) -> "tuple[Kept, Token | None, Secret]":
    """What is to be kept, and what it logs in with now."""
    from providers.protocols import Bearer  # noqa: PLC0415 - not before somebody signs in

    if told.way is SignInWay.PASSWORD:
        if not answer:
            raise BadRequest("no_password")
        return answer, None, answer
    if told.way in BY_COMMAND:
        command = _command(about, told.way, shared=shared)
        return command, None, logins.run(command)
    kept, token = logins.sign_ins.take(caller, told.sign_in, answer=answer)
    return kept, token, Bearer(token=token.token)


async def secret_of(logins: Logins, sign_in: str, *, caller: MemberKey, answer: str, shared: bool) -> "Secret":
    """What a sign-in logs in with now; it stays as it is, and nothing is kept. Raises DeskError."""
    told, about = await asyncio.to_thread(logins.sign_ins.about, caller, sign_in)
    brought = await asyncio.to_thread(_brought, logins, told, about, caller=caller, answer=answer, shared=shared)
    return brought[2]


def look_again(switchboard: Switchboard, own: MailboxKey) -> None:
    """Its actor rests after refusals: a person has mended it."""
    switchboard.tell(mailbox_name(own), SyncNow(id=uuid.uuid4().hex))


# ---------------------------------------------------------------- the firm's registrations
async def registrations(logins: Logins) -> tuple[ProviderApp, ...]:
    """Of every provider; those that the firm has none with have no client id."""
    return tuple([_shown(name, await asyncio.to_thread(logins.app, name)) for name in PROVIDERS])


def _shown(provider: str, app: "App | None") -> ProviderApp:
    if app is None:
        return ProviderApp(provider=provider)
    return ProviderApp(
        provider=provider,
        client_id=app.client_id,
        tenant=app.tenant,
        authority=app.authority,
        certificates=app.certificates or "",
        has_secret=bool(app.client_secret),
    )


async def register(
    logins: Logins, asked: ProviderApp, *, client_secret: str | None, record: Callable[[], Awaitable[object]]
) -> object:
    """Keep or forget a registration. The secret stays as it is where none is said."""
    before = await asyncio.to_thread(logins.app, asked.provider) if asked.provider in PROVIDERS else None
    app = _registered(asked, client_secret, before)
    settle = await asyncio.to_thread(logins.put_app, asked.provider, app)
    return await or_as_it_was(record, settle)


def _registered(asked: ProviderApp, client_secret: str | None, before: "App | None") -> "App | None":
    from providers.oauth.records import App  # noqa: PLC0415 - not before somebody signs in

    if asked.provider not in PROVIDERS:
        raise BadRequest("no_such_provider", name=asked.provider)
    if not asked.client_id:
        return None
    words = (asked.client_id, asked.tenant, client_secret or "-", asked.authority or "-")
    if not all(word.isascii() and word.isprintable() and " " not in word and 0 < len(word) <= 300 for word in words):
        raise BadRequest("bad_value", field="client-id")
    if "/" in asked.tenant:
        raise BadRequest("bad_value", field="tenant")
    if asked.authority and not asked.authority.startswith("https://"):
        raise BadRequest("bad_value", field="authority")
    if asked.provider == "openid" and not asked.authority:
        raise BadRequest("bad_value", field="authority")
    if not asked.certificates.isascii() or len(asked.certificates) > MOST_PEM:
        raise BadRequest("bad_value", field="ca")
    same = before is not None and before.client_id == asked.client_id
    secret = client_secret if client_secret is not None else before.client_secret if before and same else ""
    return App(
        provider=cast("ProviderName", asked.provider),
        client_id=asked.client_id,
        client_secret=secret,
        tenant=asked.tenant,
        authority=asked.authority,
        certificates=asked.certificates or None,
    )


def own_of(views: Sequence[MailboxView], keys: dict[str, MailboxKey], address: str) -> Own:
    """One of the caller's mailboxes by its address."""
    for view in views:
        known = view.settings.address
        if known.casefold() == address.strip().casefold() and known in keys:
            return Own(key=keys[known], view=view)
    raise NotFound
