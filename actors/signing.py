"""Sign-ins under way: each bound to its caller and mailbox, one attempt, a quarter of an hour (Z24).

A grant is given on only if the provider says that it is the account's that was asked for; any other is given back to
the provider, and both are told. What waits for a person elsewhere lies sealed until its end
(actors/kept_sign_ins.py), so that the office may end meanwhile. Must not keep what it brings as a mailbox's: who takes
it checks both servers first.
"""

import asyncio
import contextlib
import functools
import queue
import secrets
import threading
import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from concurrent.futures import InvalidStateError
from typing import TYPE_CHECKING, Final

from actors.attempts import Attempt, Taken, as_ours, changed, code_flow, give_back, redeemed, unread
from actors.desk.signing_in import About
from actors.kept_sign_ins import Brought, KeptSignIn, KeptSignIns
from actors.messages import OtherSignedIn
from providers.errors import AuthRefused, Garbled, ProviderError, Refused, Unavailable
from providers.oauth.pacing import Pace
from providers.oauth.records import App, DeviceFlow, Gained, Token
from store.model.errors import Away, BadRequest, NotFound, SignInRefused
from store.model.ids import MemberKey
from store.model.sign_in import SignIn, SignInWay

if TYPE_CHECKING:
    from providers.oauth.loopback import Loopback

SECONDS: Final = 900.0
MOST: Final = 5  # of one member at a time
PASTED_TO: Final = "http://127.0.0.1:53682"  # nothing listens there: the browser says so and shows the address
Pause = Callable[[threading.Event, float], bool]  # as Event.wait


class SignIns:
    """See the module. Everything that may block says so."""

    def __init__(
        self,
        kept: KeptSignIns,
        *,
        on_other: Callable[[OtherSignedIn], object],
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        pause: Pause = threading.Event.wait,
    ) -> None:
        self._kept, self._on_other = kept, on_other
        self._clock, self._now, self._pause = clock, now, pause
        self._lock = threading.Lock()
        self._attempts: dict[str, Attempt] = {}
        self._loading = threading.Lock()
        self._loaded = False

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
        about: About,
    ) -> SignIn:
        """Raises DeskError. Blocks while the provider is asked."""
        with contextlib.suppress(ProviderError):
            self._load()
        self._make_room(caller, address)
        told = SignIn(
            sign_in=secrets.token_hex(16),
            way=way,
            member=member,
            address=address,
            account=account,
            expires_at=int(self._now() + SECONDS),
        )
        attempt = Attempt(
            caller=caller, account=account, told=told, until=self._clock() + SECONDS, about=about, app=app
        )
        if app is not None:
            try:
                self._ask(attempt, app)
            except ProviderError as error:
                raise as_ours(error, app) from None
            self._seal(attempt)
        with self._lock:
            self._attempts[told.sign_in] = attempt
        self._drive(attempt)
        return attempt.told

    def _make_room(self, caller: MemberKey, address: str) -> None:
        """Another attempt for the same mailbox ends the one before."""
        with self._lock:
            now = self._clock()
            old = [id_ for id_, one in self._attempts.items() if one.until <= now]
            old += [id_ for id_, one in self._attempts.items() if (one.caller, one.told.address) == (caller, address)]
            rest = [one for id_, one in self._attempts.items() if id_ not in old]
        for id_ in dict.fromkeys(old):
            self._forget(id_)
        if sum(one.caller == caller for one in rest) >= MOST:
            raise Away("busy")

    def _ask(self, attempt: Attempt, app: App) -> None:
        """Begin at the provider. Raises ProviderError."""
        way = attempt.told.way
        if way is SignInWay.DEVICE:
            self._ask_device(attempt, app)
        elif way is SignInWay.PASTE:
            attempt.flow = code_flow(app, attempt.account, PASTED_TO)
            attempt.told = changed(attempt.told, url=attempt.flow.url)
        else:
            self._ask_browser(attempt, app)

    def _ask_device(self, attempt: Attempt, app: App) -> None:
        from providers.oauth.microsoft import Microsoft  # noqa: PLC0415 - late, as all that speaks

        if app.provider != "microsoft":
            raise Refused("way")
        attempt.flow = begun = Microsoft(app).begin_device()
        seconds = min(float(begun.code.seconds), SECONDS)
        attempt.until = self._clock() + seconds
        attempt.told = changed(
            attempt.told,
            url=begun.code.url,
            user_code=begun.code.user_code,
            expires_at=int(self._now() + seconds),
        )

    def _ask_browser(self, attempt: Attempt, app: App) -> None:
        from providers.oauth.loopback import Loopback  # noqa: PLC0415 - late, as all that speaks

        host = "localhost" if app.provider == "microsoft" else "127.0.0.1"  # whose ports they do not compare
        waiting = Loopback(host=host, on_answer=attempt.redirected.put)
        try:
            attempt.flow = code_flow(app, attempt.account, waiting.url)
        except BaseException:
            waiting.close()
            raise
        waiting.expect(attempt.flow.state)
        attempt.loopback = waiting
        attempt.told = changed(attempt.told, url=attempt.flow.url)

    def _drive(self, attempt: Attempt) -> None:
        """What goes on while nobody calls."""
        if isinstance(attempt.flow, DeviceFlow) and not attempt.done.done():
            work = functools.partial(self._poll, attempt, attempt.flow)
        elif attempt.loopback is not None:
            work = functools.partial(self._listen, attempt, attempt.loopback)
        else:
            return
        threading.Thread(target=work, name="sign-in", daemon=True).start()

    def _poll(self, attempt: Attempt, flow: DeviceFlow) -> None:
        from providers.oauth.microsoft import Microsoft  # noqa: PLC0415 - late, as all that speaks

        assert attempt.app is not None  # noqa: S101 - a flow is some provider's
        provider, pace = Microsoft(attempt.app), Pace(flow.code.interval)
        while not self._pause(attempt.ended, pace.seconds):
            if self._clock() >= attempt.until:
                self._settle(attempt, Refused("code_expired"))
                return
            try:
                said = provider.poll(flow)
            except (Unavailable, Garbled):
                pace.unanswered()  # a network that is away ends nothing
                continue
            except ProviderError as error:
                self._settle(attempt, error)
                return
            if isinstance(said, Gained):
                self._settle(attempt, said)
                if not attempt.gone.wait(max(0.0, attempt.until - self._clock())):
                    self._forget(attempt.told.sign_in)  # nobody came for it
                return
            pace.answered(slower=said.slower)

    def _listen(self, attempt: Attempt, waiting: "Loopback") -> None:
        try:
            redirected = attempt.redirected.get(timeout=SECONDS)
        except queue.Empty:
            self._settle(attempt, Refused("code_expired"))
        else:
            if not attempt.ended.is_set():
                self._redeem(attempt, redirected)
        finally:
            waiting.close()

    # ------------------------------------------------------------ across an office's end
    def _seal(self, attempt: Attempt, brought: Brought | None = None) -> None:
        """A browser that comes back to this office's own port finds no other office. Raises Away."""
        if attempt.app is None or attempt.flow is None or attempt.loopback is not None:
            return
        whole = KeptSignIn(
            caller=attempt.caller,
            told=attempt.told,
            about=attempt.about,
            app=attempt.app,
            flow=attempt.flow,
            brought=brought,
        )
        try:
            self._kept.put(whole)
        except ProviderError as error:
            raise unread(error) from None

    def _load(self) -> None:
        """What an earlier office has left, once; what is too old goes. Raises ProviderError."""
        with self._loading:
            if self._loaded:
                return
            for kept in self._kept.all():
                self._take_up(kept)
            self._loaded = True

    def _take_up(self, kept: KeptSignIn) -> None:
        seconds = min(kept.told.expires_at - self._now(), SECONDS)
        if seconds <= 0:
            self._kept.remove(kept.told.sign_in)
            return
        attempt = Attempt(
            caller=kept.caller,
            account=kept.told.account,
            told=kept.told,
            until=self._clock() + seconds,
            about=kept.about,
            app=kept.app,
            flow=kept.flow,
        )
        if kept.brought is not None:
            age = max(0.0, self._now() - kept.brought.at)
            token = kept.brought.token
            attempt.done.set_result((kept.brought.grant, Token(token=token.token, seconds=token.seconds - age)))
        with self._lock:
            known = self._attempts.setdefault(kept.told.sign_in, attempt) is not attempt
        if not known:
            self._drive(attempt)

    # ------------------------------------------------------------ what comes of it
    def _redeem(self, attempt: Attempt, redirected: str) -> None:
        assert attempt.app is not None  # noqa: S101 - a flow is some provider's
        try:
            self._settle(attempt, redeemed(attempt.app, attempt.flow, redirected))
        except ProviderError as error:
            self._settle(attempt, error)

    def _settle(self, attempt: Attempt, outcome: Gained | ProviderError) -> None:
        """Once. A grant of somebody else's ends here."""
        attempt.ended.set()
        if isinstance(outcome, Gained) and attempt.account.strip().casefold() not in outcome.identities:
            self._turn_down(attempt, outcome)
            outcome = AuthRefused("other_account")
        if isinstance(outcome, Gained):
            brought = Brought(grant=outcome.grant, token=outcome.token, at=int(self._now()))
            with contextlib.suppress(Away):  # it is in memory
                self._seal(attempt, brought)
            if attempt.gone.is_set():
                self._kept.remove(attempt.told.sign_in)
        else:
            self._kept.remove(attempt.told.sign_in)  # one attempt
        with contextlib.suppress(InvalidStateError):
            if isinstance(outcome, Gained):
                attempt.done.set_result((outcome.grant, outcome.token))
            else:
                attempt.done.set_exception(outcome)

    def _turn_down(self, attempt: Attempt, gained: Gained) -> None:
        """Given back where the provider takes grants back, kept nowhere, and both are told."""
        with contextlib.suppress(ProviderError):
            give_back(gained.grant)
        self._on_other(
            OtherSignedIn(
                sign_in=attempt.told.sign_in,
                member=attempt.caller,
                address=attempt.told.address,
                accounts=tuple(sorted(gained.identities)),
            )
        )

    async def wait(self, caller: MemberKey, sign_in: str, *, seconds: float) -> bool:
        """Whether the person is done; False: not yet. Raises DeskError as soon as it cannot come to a good end."""
        attempt = await asyncio.to_thread(self._of, caller, sign_in)
        done = asyncio.wrap_future(attempt.done)
        done.add_done_callback(lambda one: one.cancelled() or one.exception())
        try:
            await asyncio.wait_for(asyncio.shield(done), seconds)
        except TimeoutError:
            return False
        except ProviderError as error:
            await asyncio.to_thread(self._forget, sign_in)
            raise as_ours(error, None) from None
        return True

    def about(self, caller: MemberKey, sign_in: str) -> tuple[SignIn, About]:
        """What it is for. Blocks shortly. Raises NotFound."""
        attempt = self._of(caller, sign_in)
        return attempt.told, attempt.about

    def take(self, caller: MemberKey, sign_in: str, *, answer: str) -> Taken:
        """What it brought; a second time the same, until it is cancelled. `answer`: a redirected address, of those ways
        that have one. Blocks while the provider is asked. Raises DeskError; BadRequest("not_redirected") and
        Away("sign_in_waiting") leave it as it is.
        """
        attempt = self._of(caller, sign_in)
        if answer and attempt.redeems and not attempt.done.done():
            self._need_redirected(answer)
            self._redeem(attempt, answer)
            attempt.redirected.put("")  # whoever listens for the browser need not
        if not attempt.done.done():
            raise Away("sign_in_waiting")
        try:
            return attempt.done.result(0)
        except ProviderError as error:
            self._forget(sign_in)
            raise as_ours(error, None) from None

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

    def forget_but(self, members: AbstractSet[MemberKey]) -> None:
        """Those of who is nobody any more. Blocks shortly."""
        with contextlib.suppress(ProviderError):
            self._load()
        for sign_in in [id_ for id_, one in self._attempts.copy().items() if one.caller not in members]:
            self._forget(sign_in)

    def stop(self) -> None:
        """This office waits for nobody any more; the next one may."""
        for sign_in in tuple(self._attempts):
            with self._lock:
                self._drop(sign_in)

    # ------------------------------------------------------------ inside
    def _of(self, caller: MemberKey, sign_in: str) -> Attempt:
        """Nobody else's, and none that is too old."""
        try:
            self._load()
        except ProviderError as error:
            raise unread(error) from None
        with self._lock:
            attempt = self._attempts.get(sign_in)
        if attempt is None or attempt.caller != caller:
            raise NotFound
        if self._clock() >= attempt.until:
            self._forget(sign_in)
            raise SignInRefused("sign_in_refused", cause="code_expired")
        return attempt

    def _forget(self, sign_in: str) -> None:
        with self._lock:
            self._drop(sign_in)
        self._kept.remove(sign_in)

    def _drop(self, sign_in: str) -> None:
        attempt = self._attempts.pop(sign_in, None)
        if attempt is not None:
            attempt.ended.set()
            attempt.gone.set()
            attempt.redirected.put("")
            with contextlib.suppress(InvalidStateError):
                attempt.done.set_exception(Refused("cancelled"))
