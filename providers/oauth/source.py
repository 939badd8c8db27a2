"""TokenSource: what a mailbox logs in with, now. Thread-safe; one renewal at a time for each mailbox.

A token is renewed before it ends, and a rotated grant is kept before its token is used. That a grant is taken back is
said only after the provider has refused it twice; an unreachable provider never says so. The clock is monotonic: a
wrong time of day changes nothing. Must not log in anywhere; nobody is given what it keeps but who logs in.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from providers.errors import AuthRefused, ProviderError, Refused, Unavailable, Unsupported
from providers.oauth.commands import Named, argv_of, output_of
from providers.oauth.records import App, Command, Grant, Kept, Token, opened, sealed
from providers.protocols import Bearer, Secret, SecretBox

EARLY: Final = 300.0  # seconds before a token ends it is renewed
COMMAND_TOKEN_SECONDS: Final = 600.0  # how long an own program's token is believed: it does not say
REFUSALS: Final = 2


class Renews(Protocol):
    """Who can renew a grant."""

    def renew(self, grant: Grant) -> tuple[Grant, Token]:
        """Raises ProviderError: AuthRefused only where the provider itself refused the grant."""
        ...


def renewing(app: App) -> Renews:
    """The provider's own way."""
    if app.provider == "microsoft":
        from providers.oauth.microsoft import Microsoft

        return Microsoft(app)
    from providers.oauth.google import Google

    return Google(app)


@dataclass(slots=True)
class _State:
    """Of one mailbox."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    fresh: Secret | None = None
    until: float = float("inf")
    since: float = 0.0
    refusals: int = 0
    unsaved: Grant | None = None


class TokenSource:
    """See the module. `box` is asked when something is first needed of it."""

    def __init__(
        self,
        box: Callable[[], SecretBox],
        *,
        clock: Callable[[], float],
        renews: Callable[[App], Renews] = renewing,
        run: Callable[[tuple[str, ...]], str] = output_of,
        named: Named | None = None,
    ) -> None:
        self._box = box
        self._clock = clock
        self._renews = renews
        self._run = run
        self._named: Named = named or {}
        self._lock = threading.Lock()
        self._states: dict[str, _State] = {}

    def secret(self, name: str) -> Secret:
        """What to log in with now. Raises ProviderError; AuthRefused is for a person to mend."""
        state = self._state(name)
        with state.lock:
            if state.fresh is not None and self._clock() < state.until:
                return state.fresh
            try:
                return self._fresh(name, state)
            except (Refused, Unsupported) as error:
                raise AuthRefused(error.code) from None

    def ages(self) -> dict[str, float]:
        """For how many seconds each token that is in use has been known."""
        now, states = self._clock(), self._states.copy()
        return {name: now - one.since for name, one in states.items() if isinstance(one.fresh, Bearer)}

    def run(self, command: Command) -> Secret:
        """What an own program gives. Raises Unavailable."""
        line = self._run(argv_of(command, self._named))
        return Bearer(token=line) if command.gives == "token" else line

    def spurn(self, name: str, secret: Secret) -> None:
        """A server refused it: the next one is a fresh one. What was renewed meanwhile stays."""
        state = self._state(name)
        with state.lock:
            if state.fresh == secret:
                state.fresh = None

    def keep(self, name: str, kept: Kept, *, token: Token | None = None) -> None:
        """A person has signed in. Raises ProviderError if it cannot be kept; then all is as it was."""
        state = self._state(name)
        with state.lock:
            self._box().put(name, sealed(kept))
            state.refusals, state.fresh, state.unsaved = 0, None, None
            if token is not None:
                self._hold(state, Bearer(token=token.token), token.seconds)

    def restore(self, name: str, raw: bytes | None) -> None:
        """Put back what was in the box before."""
        state = self._state(name)
        with state.lock:
            if raw is None:
                self._box().remove(name)
            else:
                self._box().put(name, raw)
            state.refusals, state.fresh, state.unsaved = 0, None, None

    def kept(self, name: str) -> Kept | None:
        """What is in the box. Raises ProviderError."""
        raw = self._box().get(name)
        return None if raw is None else _opened(raw)

    # ------------------------------------------------------------ inside
    def _state(self, name: str) -> _State:
        with self._lock:
            return self._states.setdefault(name, _State())

    def _fresh(self, name: str, state: _State) -> Secret:
        if state.unsaved is not None:
            self._save(name, state, state.unsaved)
        raw = self._box().get(name)
        if raw is None:
            raise AuthRefused("secret_missing")
        match _opened(raw):
            case Grant() as grant:
                return self._renewed(name, state, grant)
            case Command() as command:
                seconds = COMMAND_TOKEN_SECONDS + EARLY if command.gives == "token" else float("inf")
                return self._hold(state, self.run(command), seconds)
            case password:
                return password  # a box is quicker than a copy that stays in memory

    def _renewed(self, name: str, state: _State, grant: Grant) -> Secret:
        if state.refusals >= REFUSALS:
            raise AuthRefused("revoked")  # asked no more: only a person can mend it
        try:
            rotated, token = self._renews(grant.app).renew(grant)
        except AuthRefused as error:
            state.refusals += 1
            if state.refusals >= REFUSALS:
                raise
            raise Unavailable("refused_once") from error
        state.refusals = 0
        if rotated != grant:
            state.unsaved = rotated
            self._save(name, state, rotated)
        return self._hold(state, Bearer(token=token.token), token.seconds)

    def _save(self, name: str, state: _State, grant: Grant) -> None:
        """The old one may be worth nothing by now: what cannot be kept on disk is kept here, and tried again."""
        try:
            self._box().put(name, sealed(grant))
        except ProviderError as error:
            raise Unavailable(error.code) from None
        state.unsaved = None

    def _hold(self, state: _State, secret: Secret, seconds: float) -> Secret:
        early = min(EARLY, seconds / 2)
        state.since = self._clock()
        state.fresh, state.until = secret, state.since + seconds - early
        return secret


def _opened(raw: bytes) -> Kept:
    try:
        return opened(raw)
    except ValueError:  # msgspec's errors are ValueErrors
        raise AuthRefused("secret_unknown") from None
