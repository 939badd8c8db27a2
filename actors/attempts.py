"""One sign-in under way, and what its provider makes of it: the flow to wait for, the grant that comes, errors as ours.

Must not decide whose grant is kept (actors/signing.py), and keeps nothing.
"""

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from actors.desk.signing_in import About
from providers.errors import AuthRefused, ProviderError, Refused, Unavailable
from providers.oauth.records import App, BrowserFlow, CodeFlow, Flow, Gained, Grant, Token
from store.model.errors import Away, BadRequest, DeskError, SignInRefused
from store.model.ids import MemberKey
from store.model.sign_in import SignIn

if TYPE_CHECKING:
    from providers.oauth.loopback import Loopback

Taken = tuple[Grant, Token]


@dataclass(slots=True)
class Attempt:
    """One sign-in."""

    caller: MemberKey
    account: str
    told: SignIn
    until: float
    about: About
    app: App | None = None
    flow: Flow | None = None
    done: "Future[Taken]" = field(default_factory=Future)
    ended: threading.Event = field(default_factory=threading.Event)  # nothing more is asked for
    gone: threading.Event = field(default_factory=threading.Event)  # nobody knows it any more
    redirected: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)
    loopback: "Loopback | None" = None

    @property
    def redeems(self) -> bool:
        """Whether a redirected address ends it."""
        return isinstance(self.flow, BrowserFlow | CodeFlow)


def changed(told: SignIn, **fields: Any) -> SignIn:  # noqa: ANN401 - the record's own fields
    return msgspec.structs.replace(told, **fields)


def code_flow(app: App, account: str, redirect: str) -> BrowserFlow | CodeFlow:
    """With the address to open, and the state that the answer must bear."""
    if app.provider == "microsoft":
        from providers.oauth.microsoft import Microsoft  # noqa: PLC0415 - late, as all that speaks

        return Microsoft(app).begin(account=account, redirect=redirect)
    from providers.oauth.google import Google  # noqa: PLC0415 - late, as all that speaks

    return Google(app).begin(account=account, redirect=redirect)


def redeemed(app: App, flow: Flow | None, redirected: str) -> Gained:
    """What the redirected address brings. Raises ProviderError."""
    if isinstance(flow, BrowserFlow):
        from providers.oauth.microsoft import Microsoft  # noqa: PLC0415 - late, as all that speaks

        return Microsoft(app).redeem(flow, redirected)
    if not isinstance(flow, CodeFlow):
        raise Refused("way")
    from providers.oauth.google import Google  # noqa: PLC0415 - late, as all that speaks

    return Google(app).redeem(flow, redirected)


def give_back(grant: Grant) -> None:
    """Microsoft has no way to; what is forgotten there ends unused. Raises ProviderError."""
    if grant.app.provider != "microsoft":
        from providers.oauth.google import Google  # noqa: PLC0415 - late, as all that speaks

        Google(grant.app).revoke(grant)


def unread(error: ProviderError) -> Away:
    """The secrets are away: nothing can be kept now, and nothing found."""
    return Away("secrets_away" if isinstance(error, Unavailable) else "secret_lost", cause=error.code)


def as_ours(error: ProviderError, app: App | None) -> DeskError:
    """What the caller is told, by code."""
    if error.code == "not_redirected":
        return BadRequest("not_redirected")
    if error.code == "client_id":
        return BadRequest("client_id_refused", provider="" if app is None else app.provider)
    if error.code == "way":
        return BadRequest("no_such_way")
    if isinstance(error, (AuthRefused, Refused)):
        return SignInRefused("sign_in_refused", cause=error.code)
    return Away("sign_in_server", cause=error.code)
