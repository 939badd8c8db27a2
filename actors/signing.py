"""Sign-ins under way, in memory: each bound to its caller and mailbox, one attempt, a quarter of an hour (Z24).

A grant is given on only if the provider says that it is the account's that was asked for; any other is forgotten. Must
not keep anything: who takes it checks both servers first, and seals it.
"""

import asyncio
import contextlib
import queue
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from providers.errors import AuthRefused, Garbled, ProviderError, Refused, Unavailable
from providers.oauth.records import App, Gained, Kept, Token
from store.model.errors import Away, BadRequest, DeskError, NotFound, SignInRefused
from store.model.ids import MemberKey
from store.model.sign_in import SignIn, SignInWay

if TYPE_CHECKING:
    from providers.oauth.loopback import Loopback

SECONDS: Final = 900.0
MOST: Final = 5  # of one member at a time
PASTED_TO: Final = "http://127.0.0.1:53682"  # nothing listens there: the browser says so and shows the address
Taken = tuple[Kept, Token | None]


@dataclass(slots=True)
class _Attempt:
    """One sign-in."""

    caller: MemberKey
    account: str
    told: SignIn
    until: float
    about: object  # what the mailbox is to be, for whoever finishes it
    done: "Future[Taken]" = field(default_factory=Future)
    ended: threading.Event = field(default_factory=threading.Event)
    redirected: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)
    redeem: Callable[[str], Gained] | None = None
    loopback: "Loopback | None" = None


class SignIns:
    """See the module. Everything that may block says so."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time) -> None:
        self._clock, self._now = clock, now
        self._lock = threading.Lock()
        self._attempts: dict[str, _Attempt] = {}

    # ------------------------------------------------------------ beginning
    def begin(
        self,
        caller: MemberKey,
        *,
        member: str,
        address: str,
        account: str,
        way: SignInWay,
        app: App | None,
        about: object,
    ) -> SignIn:
        """Raises DeskError. Blocks while the provider is asked."""
        self._make_room(caller, address)
        told = SignIn(
            sign_in=secrets.token_hex(16),
            way=way,
            member=member,
            address=address,
            account=account,
            expires_at=int(self._now() + SECONDS),
        )
        attempt = _Attempt(caller=caller, account=account, told=told, until=self._clock() + SECONDS, about=about)
        if app is not None:
            try:
                self._ask(attempt, app)
            except ProviderError as error:
                raise _as_ours(error, app) from None
        with self._lock:
            self._attempts[told.sign_in] = attempt
        return attempt.told

    def _make_room(self, caller: MemberKey, address: str) -> None:
        """Another attempt for the same mailbox ends the one before."""
        with self._lock:
            now = self._clock()
            old = [id_ for id_, one in self._attempts.items() if one.until <= now]
            old += [id_ for id_, one in self._attempts.items() if (one.caller, one.told.address) == (caller, address)]
            for id_ in dict.fromkeys(old):
                self._drop(id_)
            if sum(one.caller == caller for one in self._attempts.values()) >= MOST:
                raise Away("busy")

    def _ask(self, attempt: _Attempt, app: App) -> None:
        """Begin at the provider. Raises ProviderError."""
        way = attempt.told.way
        if way is SignInWay.DEVICE:
            self._ask_device(attempt, app)
        elif way is SignInWay.PASTE:
            url, attempt.redeem, _ = _code_flow(app, attempt.account, PASTED_TO)
            attempt.told = _told(attempt.told, url=url)
        else:
            self._ask_browser(attempt, app)

    def _ask_device(self, attempt: _Attempt, app: App) -> None:
        from providers.oauth.microsoft import Microsoft  # noqa: PLC0415 - late, as all that speaks

        if app.provider != "microsoft":
            raise Refused("way")
        provider = Microsoft(app)
        begun = provider.begin_device()
        seconds = min(float(begun.code.seconds), SECONDS)
        attempt.until = self._clock() + seconds
        told = _told(attempt.told, url=begun.code.url, user_code=begun.code.user_code)
        attempt.told = _told(told, expires_at=int(self._now() + seconds))

        def poll() -> None:
            while not attempt.ended.wait(begun.code.interval):
                if self._clock() >= attempt.until:
                    self._settle(attempt, Refused("code_expired"))
                    return
                try:
                    gained = provider.poll(begun)
                except (Unavailable, Garbled):
                    continue  # a network that is away ends nothing
                except ProviderError as error:
                    self._settle(attempt, error)
                    return
                if gained is not None:
                    self._settle(attempt, gained)
                    return

        threading.Thread(target=poll, name="sign-in-poll", daemon=True).start()

    def _ask_browser(self, attempt: _Attempt, app: App) -> None:
        from providers.oauth.loopback import Loopback  # noqa: PLC0415 - late, as all that speaks

        host = "localhost" if app.provider == "microsoft" else "127.0.0.1"  # whose ports they do not compare
        waiting = Loopback(host=host, on_answer=attempt.redirected.put)
        try:
            url, redeem, state = _code_flow(app, attempt.account, waiting.url)
        except BaseException:
            waiting.close()
            raise
        waiting.expect(state)
        attempt.loopback, attempt.redeem = waiting, redeem
        attempt.told = _told(attempt.told, url=url)

        def wait() -> None:
            try:
                redirected = attempt.redirected.get(timeout=SECONDS)
            except queue.Empty:
                self._settle(attempt, Refused("code_expired"))
            else:
                if not attempt.ended.is_set():
                    self._redeem(attempt, redirected)
            finally:
                waiting.close()

        threading.Thread(target=wait, name="sign-in-browser", daemon=True).start()

    # ------------------------------------------------------------ what comes of it
    def _redeem(self, attempt: _Attempt, redirected: str) -> None:
        assert attempt.redeem is not None  # noqa: S101 - set before the attempt is known
        try:
            self._settle(attempt, attempt.redeem(redirected))
        except ProviderError as error:
            self._settle(attempt, error)

    @staticmethod
    def _settle(attempt: _Attempt, outcome: Gained | ProviderError) -> None:
        """Once. A grant of somebody else's is forgotten here."""
        attempt.ended.set()
        if isinstance(outcome, Gained) and attempt.account.strip().casefold() not in outcome.identities:
            outcome = AuthRefused("other_account")
        with contextlib.suppress(InvalidStateError):
            if isinstance(outcome, Gained):
                attempt.done.set_result((outcome.grant, outcome.token))
            else:
                attempt.done.set_exception(outcome)

    async def wait(self, caller: MemberKey, sign_in: str, *, seconds: float) -> bool:
        """Whether the person is done; False: not yet. Raises DeskError as soon as it cannot come to a good end."""
        attempt = self._of(caller, sign_in)
        done = asyncio.wrap_future(attempt.done)
        done.add_done_callback(lambda one: one.cancelled() or one.exception())
        try:
            await asyncio.wait_for(asyncio.shield(done), seconds)
        except TimeoutError:
            return False
        except ProviderError as error:
            self._forget(sign_in)
            raise _as_ours(error, None) from None
        return True

    def about(self, caller: MemberKey, sign_in: str) -> tuple[SignIn, object]:
        """What it is for. Raises NotFound."""
        attempt = self._of(caller, sign_in)
        return attempt.told, attempt.about

    def take(self, caller: MemberKey, sign_in: str, *, answer: str) -> Taken:
        """What it brought; a second time the same, until it is cancelled. `answer`: a redirected address, of those ways
        that have one. Blocks while the provider is asked. Raises DeskError; BadRequest("not_redirected") and
        Away("sign_in_waiting") leave it as it is.
        """
        attempt = self._of(caller, sign_in)
        if answer and attempt.redeem is not None and not attempt.done.done():
            self._need_redirected(answer)
            self._redeem(attempt, answer)
            attempt.redirected.put("")  # whoever listens for the browser need not
        if not attempt.done.done():
            raise Away("sign_in_waiting")
        try:
            return attempt.done.result(0)
        except ProviderError as error:
            self._forget(sign_in)
            raise _as_ours(error, None) from None

    @staticmethod
    def _need_redirected(answer: str) -> None:
        from providers.oauth.loopback import answer_in  # noqa: PLC0415 - late, as all that speaks

        try:
            answer_in(answer, state="")
        except Refused as error:
            if error.code == "not_redirected":
                raise BadRequest("not_redirected") from None

    def cancel(self, caller: MemberKey, sign_in: str) -> None:
        """Nothing comes of it. Blocks shortly."""
        with contextlib.suppress(NotFound):
            self._of(caller, sign_in)
            self._forget(sign_in)

    def stop(self) -> None:
        """End them all."""
        for sign_in in tuple(self._attempts):
            self._forget(sign_in)

    # ------------------------------------------------------------ inside
    def _of(self, caller: MemberKey, sign_in: str) -> _Attempt:
        """Nobody else's, and none that is too old."""
        with self._lock:
            attempt = self._attempts.get(sign_in)
        if attempt is None or attempt.caller != caller:
            raise NotFound
        if self._clock() >= attempt.until and not attempt.done.done():
            self._forget(sign_in)
            raise SignInRefused("sign_in_refused", cause="code_expired")
        return attempt

    def _forget(self, sign_in: str) -> None:
        with self._lock:
            self._drop(sign_in)

    def _drop(self, sign_in: str) -> None:
        attempt = self._attempts.pop(sign_in, None)
        if attempt is not None:
            attempt.ended.set()
            attempt.redirected.put("")
            with contextlib.suppress(InvalidStateError):
                attempt.done.set_exception(Refused("cancelled"))


def _told(told: SignIn, **changed: Any) -> SignIn:  # noqa: ANN401 - the record's own fields
    return msgspec.structs.replace(told, **changed)


def _code_flow(app: App, account: str, redirect: str) -> tuple[str, Callable[[str], Gained], str]:
    """The address to open, what makes a grant of the answer, and the state that it must bear."""
    if app.provider == "microsoft":
        from providers.oauth.microsoft import Microsoft  # noqa: PLC0415 - late, as all that speaks

        microsoft = Microsoft(app)
        begun = microsoft.begin(account=account, redirect=redirect)
        return begun.url, lambda redirected: microsoft.redeem(begun, redirected), begun.state
    from providers.oauth.google import Google  # noqa: PLC0415 - late, as all that speaks

    google = Google(app)
    flow = google.begin(account=account, redirect=redirect)
    return flow.url, lambda redirected: google.redeem(flow, redirected), flow.state


def _as_ours(error: ProviderError, app: App | None) -> DeskError:
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
