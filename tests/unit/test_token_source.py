"""What a mailbox logs in with: renewed early, kept before it is used, one at a time, and a refusal said twice."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from providers.errors import AuthRefused, ProviderError, Refused, Unavailable
from providers.oauth.records import App, Command, Gained, Grant, Kept, Token, opened, sealed
from providers.oauth.source import EARLY, TokenSource
from providers.protocols import Bearer, Secret
from providers.sealed import BoxUnreadable

APP = App(provider="google", client_id="c", client_secret="planted-secret")
NAME = "imap/mail.example/ana"


class Box:
    """SecretBox in memory, with a log of what was put."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.full = False

    def put(self, name: str, secret: bytes) -> None:
        if self.full:
            raise BoxUnreadable("disk")
        self.kept[name] = secret

    def get(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def remove(self, name: str) -> None:
        self.kept.pop(name, None)

    def names(self) -> tuple[str, ...]:
        return tuple(self.kept)


class Provider:
    """Gives numbered tokens and rotates the grant with each."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.now = 1_000.0
        self.seconds = 3600.0
        self.renewed = 0
        self.problems: list[ProviderError] = []
        self.before: Callable[[], None] = lambda: None

    def renew(self, grant: Grant) -> tuple[Grant, Token]:
        self.before()
        if self.problems:
            raise self.problems.pop(0)
        assert grant.refresh == f"refresh{self.renewed}", "an old refresh token was used"
        self.renewed += 1
        rotated = Grant(app=grant.app, account=grant.account, refresh=f"refresh{self.renewed}")
        return rotated, Token(token=f"token{self.renewed}", seconds=self.seconds)


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def provider(box: Box) -> Provider:
    return Provider(box)


@pytest.fixture
def source(box: Box, provider: Provider) -> TokenSource:
    made = TokenSource(lambda: box, clock=lambda: provider.now, renews=lambda _app: provider)
    made.keep(NAME, Grant(app=APP, account="ana@firm.example", refresh="refresh0"))
    return made


def kept_refresh(box: Box) -> str:
    grant = opened(box.kept[NAME])
    assert isinstance(grant, Grant)
    return grant.refresh


def token(secret: Secret) -> str:
    assert isinstance(secret, Bearer)
    return secret.token


# ---------------------------------------------------------------- kept as what
@pytest.mark.parametrize(
    "kept",
    [
        "pass word ñ",
        Grant(app=APP, account="a", refresh="r"),
        Command(gives="token", argv=("/bin/echo", "x")),
        Command(gives="password", named="vault"),
    ],
)
def test_what_is_sealed_comes_out_the_same(kept: Kept) -> None:
    assert opened(sealed(kept)) == kept


def test_nothing_with_a_secret_shows_it() -> None:
    grant = Grant(app=APP, account="a", refresh="planted-refresh", cache="planted-cache")
    gained = Gained(grant=grant, token=Token(token="planted-token", seconds=1), identities=frozenset({"planted-name"}))
    assert "planted" not in repr((APP, grant, gained, Bearer(token="planted-token"), Command(gives="token")))


def test_a_password_is_given_as_it_was_kept(source: TokenSource, provider: Provider) -> None:
    source.keep(NAME, "correct horse")
    assert source.secret(NAME) == "correct horse"
    assert provider.renewed == 0


def test_what_was_never_kept_is_for_a_person(source: TokenSource) -> None:
    with pytest.raises(AuthRefused) as refused:
        source.secret("imap/other")
    assert refused.value.code == "secret_missing"


def test_what_a_newer_version_kept_is_for_a_person(source: TokenSource, box: Box) -> None:
    box.kept[NAME] = b"\0\xc1"
    with pytest.raises(AuthRefused) as refused:
        source.secret(NAME)
    assert refused.value.code == "secret_unknown"


# ---------------------------------------------------------------- renewal
def test_a_token_is_used_until_shortly_before_its_end(source: TokenSource, provider: Provider) -> None:
    assert token(source.secret(NAME)) == "token1"
    provider.now += provider.seconds - EARLY - 1
    assert token(source.secret(NAME)) == "token1"
    provider.now += 1
    assert token(source.secret(NAME)) == "token2"


def test_how_old_a_token_is_is_known_and_nothing_else_of_it(source: TokenSource, provider: Provider) -> None:
    source.keep("imap/ben", "a password")
    source.secret(NAME)
    source.secret("imap/ben")
    provider.now += 60
    assert source.ages() == {NAME: 60}


def test_a_short_token_is_used_for_half_its_life(source: TokenSource, provider: Provider) -> None:
    provider.seconds = 100
    source.secret(NAME)
    provider.now += 49
    assert token(source.secret(NAME)) == "token1"
    provider.now += 1
    assert token(source.secret(NAME)) == "token2"


def test_the_token_of_a_fresh_sign_in_needs_no_renewal(source: TokenSource, provider: Provider) -> None:
    grant = Grant(app=APP, account="ana@firm.example", refresh="refresh0")
    source.keep(NAME, grant, token=Token(token="first", seconds=3600))
    assert token(source.secret(NAME)) == "first"
    assert provider.renewed == 0


def test_a_rotated_grant_is_kept_before_its_token_is_used(source: TokenSource, box: Box) -> None:
    source.secret(NAME)
    assert kept_refresh(box) == "refresh1"


def test_a_rotated_grant_that_could_not_be_kept_is_not_lost(source: TokenSource, box: Box, provider: Provider) -> None:
    box.full = True
    with pytest.raises(Unavailable) as away:
        source.secret(NAME)
    assert away.value.code == "disk"
    with pytest.raises(Unavailable):
        source.secret(NAME)
    assert provider.renewed == 1, "nothing is renewed before the last one is kept"
    box.full = False
    assert token(source.secret(NAME)) == "token2"  # the provider was asked with refresh1
    assert kept_refresh(box) == "refresh2"


def test_a_refused_token_is_replaced_at_the_next_try(source: TokenSource) -> None:
    old = source.secret(NAME)
    source.spurn(NAME, old)
    assert token(source.secret(NAME)) == "token2"
    source.spurn(NAME, old)  # told late, by another line
    assert token(source.secret(NAME)) == "token2"


def test_one_flight_for_one_mailbox(source: TokenSource, provider: Provider) -> None:
    threads, inside = 8, threading.Barrier(2)

    def meet() -> None:
        inside.wait(10)

    provider.before = meet
    with ThreadPoolExecutor(threads) as pool:
        asked = [pool.submit(source.secret, NAME) for _ in range(threads)]
        inside.wait(10)
        assert {token(one.result(10)) for one in asked} == {"token1"}
    assert provider.renewed == 1


def test_another_mailbox_does_not_wait(source: TokenSource, provider: Provider) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        assert go_on.wait(10)

    provider.before = wait
    source.keep("imap/other", "pass")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(source.secret, NAME)
        assert begun.wait(10)
        assert source.secret("imap/other") == "pass"
        go_on.set()
        slow.result(10)


# ---------------------------------------------------------------- refusals
def test_a_grant_is_taken_back_only_when_it_was_refused_twice(source: TokenSource, provider: Provider) -> None:
    provider.problems = [AuthRefused("revoked"), AuthRefused("revoked"), AuthRefused("revoked")]
    with pytest.raises(Unavailable) as once:
        source.secret(NAME)
    assert once.value.code == "refused_once"
    with pytest.raises(AuthRefused) as twice:
        source.secret(NAME)
    assert twice.value.code == "revoked"
    with pytest.raises(AuthRefused):
        source.secret(NAME)
    assert len(provider.problems) == 1, "then it is asked no more"


def test_a_network_that_is_away_never_takes_a_grant_back(source: TokenSource, provider: Provider) -> None:
    provider.problems = [Unavailable("timeout") for _ in range(20)]
    for _ in range(20):
        with pytest.raises(Unavailable):
            source.secret(NAME)
    assert token(source.secret(NAME)) == "token1"


def test_refusals_with_a_success_between_do_not_add_up(source: TokenSource, provider: Provider) -> None:
    for _ in range(3):
        provider.problems = [AuthRefused("revoked")]
        with pytest.raises(Unavailable):
            source.secret(NAME)
        source.spurn(NAME, source.secret(NAME))


def test_a_new_sign_in_mends_it(source: TokenSource, provider: Provider) -> None:
    provider.problems = [AuthRefused("revoked"), AuthRefused("revoked")]
    for _ in range(2):
        with pytest.raises(ProviderError):
            source.secret(NAME)
    source.keep(NAME, Grant(app=APP, account="ana@firm.example", refresh="refresh0"))
    assert token(source.secret(NAME)) == "token1"


def test_a_registration_that_is_wrong_is_for_a_person(source: TokenSource, provider: Provider) -> None:
    provider.problems = [Refused("client_id")]
    with pytest.raises(AuthRefused) as refused:
        source.secret(NAME)
    assert refused.value.code == "client_id"


def test_what_was_before_can_be_put_back(source: TokenSource, box: Box) -> None:
    before = box.get(NAME)
    source.keep(NAME, "another")
    source.restore(NAME, before)
    assert kept_refresh(box) == "refresh0"
    source.restore(NAME, None)
    assert box.get(NAME) is None


def test_what_cannot_be_kept_changes_nothing(source: TokenSource, box: Box) -> None:
    source.secret(NAME)
    box.full = True
    with pytest.raises(BoxUnreadable):
        source.keep(NAME, "another")
    assert token(source.secret(NAME)) == "token1"


# ---------------------------------------------------------------- own programs
def test_a_program_is_run_once_and_again_when_its_secret_is_refused(box: Box) -> None:
    runs: list[tuple[str, ...]] = []

    def run(argv: tuple[str, ...]) -> str:
        runs.append(argv)
        return f"secret{len(runs)}"

    source = TokenSource(lambda: box, clock=lambda: 0.0, run=run)
    source.keep(NAME, Command(gives="password", argv=("/bin/give", "it")))
    assert source.secret(NAME) == source.secret(NAME) == "secret1"
    source.spurn(NAME, "secret1")
    assert source.secret(NAME) == "secret2"
    assert runs == [("/bin/give", "it")] * 2
    assert b"secret" not in box.kept[NAME]


def test_an_own_token_is_asked_for_again_after_a_while(box: Box) -> None:
    runs, now = iter(range(10)), [0.0]
    source = TokenSource(lambda: box, clock=lambda: now[0], run=lambda _argv: f"t{next(runs)}")
    source.keep(NAME, Command(gives="token", argv=("/bin/give",)))
    assert token(source.secret(NAME)) == "t0"
    now[0] += 599
    assert token(source.secret(NAME)) == "t0"
    now[0] += 1
    assert token(source.secret(NAME)) == "t1"


def test_on_a_server_a_program_is_what_the_administrator_named(box: Box) -> None:
    ran: list[tuple[str, ...]] = []

    def run(argv: tuple[str, ...]) -> str:
        ran.append(argv)
        return "s"

    source = TokenSource(lambda: box, clock=lambda: 0.0, run=run, named={"vault": ("/usr/bin/vault", "read")})
    source.keep(NAME, Command(gives="password", named="vault"))
    assert source.secret(NAME) == "s"
    source.keep(NAME, Command(gives="password", named="gone"))
    with pytest.raises(Unavailable) as missing:
        source.secret(NAME)
    assert missing.value.code == "command_missing"
    assert ran == [("/usr/bin/vault", "read")]
