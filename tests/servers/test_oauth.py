"""Grants got and renewed at a local OpenID provider over real TLS, and all that can go wrong there."""

import http.client
import queue
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from providers.errors import AuthRefused, Garbled, ProviderError, Refused, Unavailable
from providers.oauth.commands import output_of, usable
from providers.oauth.google import Google
from providers.oauth.judging import claims_of, identities, refusal
from providers.oauth.loopback import Loopback, answer_in
from providers.oauth.microsoft import Microsoft
from providers.oauth.records import App, Gained, Grant, NotYet, Token
from providers.oauth.web import Web
from tests.support.openid import Fault, OpenId

ANA = "ana@firm.example"
BACK = "http://127.0.0.1:9/"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[OpenId]:
    with OpenId(tmp_path) as made:
        yield made


def microsoft(provider: OpenId, *, seconds: float = 10) -> Microsoft:
    app = App(provider="microsoft", client_id=provider.client_id, authority=provider.authority)
    return Microsoft(app, Web(certificates=provider.pem, seconds=seconds))


def google(provider: OpenId, *, seconds: float = 10, secret: str = "") -> Google:
    provider.style = "google"
    app = App(provider="google", client_id=provider.client_id, client_secret=secret, authority=provider.issuer)
    return Google(app, Web(certificates=provider.pem, seconds=seconds))


def by_microsoft(provider: OpenId, *, account: str = ANA) -> Gained:
    way = microsoft(provider)
    begun = way.begin(account=ANA, redirect=BACK)
    return way.redeem(begun, provider.visit(begun.url, account=account))


def by_google(provider: OpenId, *, account: str = ANA) -> Gained:
    way = google(provider)
    begun = way.begin(account=ANA, redirect=BACK)
    return way.redeem(begun, provider.visit(begun.url, account=account))


WAYS = pytest.mark.parametrize(("by", "made"), [(by_microsoft, microsoft), (by_google, google)])
MADE = pytest.mark.parametrize("made", [microsoft, google])
By = Callable[[OpenId], Gained]
Made = Callable[[OpenId], Microsoft | Google]


def renewed(way: Microsoft | Google, grant: Grant) -> tuple[Grant, Token]:
    return way.renew(grant)


# ---------------------------------------------------------------- the ways
@WAYS
def test_a_browser_brings_a_grant_that_renews(provider: OpenId, by: By, made: Made) -> None:
    gained = by(provider)
    assert gained.identities == {ANA}
    assert gained.grant.account == ANA
    assert gained.token.token in provider.access_tokens
    assert gained.token.seconds == provider.lifetime
    grant, token = renewed(made(provider), gained.grant)
    assert grant != gained.grant, "the refresh token was rotated"
    assert token.token in provider.access_tokens
    assert token.token != gained.token.token
    _, third = renewed(made(provider), grant)
    assert third.token in provider.access_tokens


@WAYS
def test_a_refresh_token_that_is_not_rotated_goes_on(provider: OpenId, by: By, made: Made) -> None:
    provider.rotates = False
    gained = by(provider)
    grant, _ = renewed(made(provider), gained.grant)
    _, token = renewed(made(provider), grant)
    assert token.token in provider.access_tokens


def test_a_device_is_granted_by_its_code(provider: OpenId) -> None:
    way = microsoft(provider)
    begun = way.begin_device()
    assert begun.code.url == f"{provider.authority}/device"
    assert begun.code.seconds == provider.device_lifetime
    assert way.poll(begun) == NotYet()
    provider.enter(begun.code.user_code, account=ANA)
    gained = way.poll(begun)
    assert isinstance(gained, Gained)
    assert gained.identities == {ANA}
    _, token = way.renew(gained.grant)
    assert token.token in provider.access_tokens


def test_microsoft_is_asked_for_mail_and_nothing_else(provider: OpenId) -> None:
    begun = microsoft(provider).begin(account=ANA, redirect=BACK)
    asked = parse_qs(urlsplit(begun.url).query)
    scopes = set(asked["scope"][0].split())
    assert scopes == {
        "https://outlook.office.com/IMAP.AccessAsUser.All",
        "https://outlook.office.com/SMTP.Send",
        "openid",
        "profile",
        "offline_access",
    }
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["login_hint"] == [ANA]


def test_google_is_asked_for_a_refresh_token(provider: OpenId) -> None:
    asked = parse_qs(urlsplit(google(provider).begin(account=ANA, redirect=BACK).url).query)
    assert asked["access_type"] == ["offline"]
    assert "https://mail.google.com/" in asked["scope"][0]
    assert asked["redirect_uri"] == [BACK]


def test_a_client_secret_is_told_to_the_token_endpoint_only(provider: OpenId) -> None:
    provider.client_secret = "desktop"
    way = google(provider, secret="desktop")
    begun = way.begin(account=ANA, redirect=BACK)
    assert "desktop" not in begun.url
    assert way.redeem(begun, provider.visit(begun.url, account=ANA)).identities == {ANA}
    with pytest.raises(Refused) as refused:
        by_google(provider)
    assert refused.value.code == "client_id"


def test_the_environment_names_no_authority(provider: OpenId, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, "/nowhere/ca.pem")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert by_microsoft(provider).identities == {ANA}


# ---------------------------------------------------------------- who it was
@pytest.mark.parametrize("by", [by_microsoft, by_google])
def test_who_finished_it_is_said_by_the_grant_itself(provider: OpenId, by: Callable[..., Gained]) -> None:
    gained = by(provider, account="mallory@elsewhere.example")
    assert gained.identities == {"mallory@elsewhere.example"}


def test_an_address_that_is_not_verified_names_nobody(provider: OpenId) -> None:
    provider.verified = False
    assert by_google(provider).identities == frozenset()


def test_what_an_administrator_writes_as_email_names_nobody_at_microsoft() -> None:
    app = App(provider="microsoft", client_id="c")
    claims = {"aud": "c", "email": ANA, "preferred_username": "Mallory@Elsewhere.example"}
    assert identities(app, claims) == {"mallory@elsewhere.example"}


@pytest.mark.parametrize("claims", [{"aud": "other"}, {}, {"aud": ["other"]}, {"aud": "c", "nonce": "old"}])
def test_a_token_for_somebody_else_is_garbled(claims: dict[str, object]) -> None:
    with pytest.raises(Garbled):
        identities(App(provider="google", client_id="c"), {"email": ANA, **claims}, nonce="n")


@pytest.mark.parametrize(
    "token", ["", "a", "a.b", "a.!!!.c", "a.W10.c", "a.bnVsbA.c", None, 7, "a." + "W" * 40_000 + ".c"]
)
def test_an_id_token_of_any_form_is_read_or_garbled(token: object) -> None:
    with pytest.raises(Garbled):
        claims_of(token)


# ---------------------------------------------------------------- states
@MADE
def test_an_answer_to_another_question_is_refused(provider: OpenId, made: Made) -> None:
    way = made(provider)
    first, second = (way.begin(account=ANA, redirect=BACK) for _ in range(2))
    mixed = provider.visit(first.url, account=ANA)
    with pytest.raises(Refused) as refused:
        way.redeem(second, mixed)  # type: ignore[arg-type]
    assert refused.value.code == "wrong_state"
    assert provider.count("token") == 0, "the code was not redeemed"


@MADE
def test_who_says_no_is_heard(provider: OpenId, made: Made) -> None:
    way = made(provider)
    begun = way.begin(account=ANA, redirect=BACK)
    with pytest.raises(AuthRefused) as refused:
        way.redeem(begun, provider.visit(begun.url, account=ANA, say_yes=False))  # type: ignore[arg-type]
    assert refused.value.code == "declined"


@MADE
def test_a_code_is_good_once(provider: OpenId, made: Made) -> None:
    way = made(provider)
    begun = way.begin(account=ANA, redirect=BACK)
    redirected = provider.visit(begun.url, account=ANA)
    way.redeem(begun, redirected)  # type: ignore[arg-type]
    with pytest.raises(AuthRefused):
        way.redeem(begun, redirected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "pasted",
    ["", "hello", "http://127.0.0.1:9/", "http://[", "?state=s", "?code=1&code=2&state=s", "x" * 20_000 + "?code=1"],
)
def test_what_is_no_redirected_address_is_said(pasted: str) -> None:
    with pytest.raises(Refused) as refused:
        answer_in(pasted, state="s")
    assert refused.value.code == "not_redirected"


def test_a_pasted_address_may_have_blanks_around_it() -> None:
    assert answer_in("  http://127.0.0.1:9/?code=c%2F1&state=s&scope=a \n", state="s")["code"] == "c/1"


def test_a_device_that_is_declined_or_too_late(provider: OpenId) -> None:
    way = microsoft(provider)
    begun = way.begin_device()
    provider.enter(begun.code.user_code, account=ANA, say_yes=False)
    with pytest.raises(AuthRefused) as declined:
        way.poll(begun)
    assert declined.value.code == "declined"
    with pytest.raises(Refused) as late:
        way.poll(begun)
    assert late.value.code == "code_expired"


# ---------------------------------------------------------------- revocation and rotation
@WAYS
def test_a_grant_that_was_taken_back_is_refused(provider: OpenId, by: By, made: Made) -> None:
    gained = by(provider)
    provider.revoke(ANA)
    with pytest.raises(AuthRefused) as refused:
        renewed(made(provider), gained.grant)
    assert refused.value.code == "revoked"
    assert "planted" not in str(refused.value)


@WAYS
def test_an_old_refresh_token_costs_the_grant(provider: OpenId, by: By, made: Made) -> None:
    gained = by(provider)
    grant, _ = renewed(made(provider), gained.grant)
    for stale in (gained.grant, grant):
        with pytest.raises(AuthRefused):
            renewed(made(provider), stale)


def test_a_cache_that_holds_nobody_is_for_a_person(provider: OpenId) -> None:
    with pytest.raises(AuthRefused):
        microsoft(provider).renew(Grant(app=App(provider="microsoft", client_id="c"), account=ANA, cache="{}"))


@WAYS
@pytest.mark.parametrize("skew", [-400_000, 400_000])
def test_a_clock_that_is_days_off_hinders_nobody(provider: OpenId, by: By, made: Made, skew: int) -> None:
    provider.skew = skew
    gained = by(provider)
    assert gained.token.seconds == provider.lifetime
    renewed(made(provider), gained.grant)


# ---------------------------------------------------------------- the network
FAULTS: list[tuple[Fault, type[ProviderError], str]] = [
    ("busy", Unavailable, "busy"),
    ("throttled", Unavailable, "busy"),
    ("garbage", Garbled, "parse"),
    ("huge", Garbled, "limit"),
    ("redirect", Garbled, "redirect"),
    ("close", Unavailable, "closed"),
    ("hang", Unavailable, "timeout"),
]


@pytest.mark.parametrize(("fault", "kind", "code"), FAULTS)
@pytest.mark.parametrize("name", ["microsoft", "google"])
def test_a_fault_is_never_a_refusal(
    provider: OpenId, name: str, fault: Fault, kind: type[ProviderError], code: str
) -> None:
    by = by_microsoft if name == "microsoft" else by_google
    gained = by(provider)
    seconds = 0.5 if fault == "hang" else 10
    way = microsoft(provider, seconds=seconds) if name == "microsoft" else google(provider, seconds=seconds)
    provider.fail("token", fault)
    with pytest.raises(kind) as problem:
        way.renew(gained.grant)
    assert (problem.value.code, problem.value.remedy) == (code, kind.remedy)
    assert not isinstance(problem.value, AuthRefused)
    assert "planted" not in repr(problem.value) + str(problem.value)
    way = microsoft(provider) if name == "microsoft" else google(provider)
    _, token = way.renew(gained.grant)
    assert token.token in provider.access_tokens


@MADE
@pytest.mark.parametrize("fault", ["busy", "garbage", "redirect"])
def test_a_fault_where_the_provider_tells_its_addresses(provider: OpenId, made: Made, fault: Fault) -> None:
    provider.fail("openid-configuration", fault)
    with pytest.raises((Unavailable, Garbled)):
        made(provider).begin(account=ANA, redirect=BACK)


def test_a_provider_nobody_vouches_for_is_told_nothing(provider: OpenId) -> None:
    with pytest.raises(Unavailable) as refused:
        Web().post(f"{provider.authority}/oauth2/v2.0/token", {"refresh_token": "planted"})
    assert refused.value.code == "tls_certificate"
    assert provider.asked == []


@pytest.mark.parametrize("url", ["http://localhost/token", "ftp://localhost/", "https://u:p@localhost/", "//localhost"])
def test_only_https_is_spoken(url: str) -> None:
    with pytest.raises(Refused):
        Web().get(url)


@pytest.mark.parametrize("url", ["https://", "https://[", "https://localhost:99999/", "https://localhost/a b"])
def test_what_is_no_address_is_garbled(url: str) -> None:
    with pytest.raises((Garbled, Refused)):
        Web().get(url)


@pytest.mark.parametrize("said", [{}, {"error": 7}, {"error": "planted-words"}, {"error": ["a"]}])
def test_errors_nobody_knows_have_no_words(said: dict[str, object]) -> None:
    assert "planted" not in repr(refusal(said))


# ---------------------------------------------------------------- where a browser comes back
def fetched(url: str, target: str) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=10)
    try:
        line.request("GET", target)
        reply = line.getresponse()
        return reply.status, reply.read()
    finally:
        line.close()


def test_only_the_right_answer_ends_the_waiting() -> None:
    heard: queue.Queue[str] = queue.Queue()
    waiting = Loopback(on_answer=heard.put)
    try:
        assert fetched(waiting.url, "/?code=planted&state=s-t")[0] == 404
        assert fetched(waiting.url, "/?code=planted&state=")[0] == 404
        waiting.expect("s-t")
        for wrong in ("/", "/favicon.ico", "/?code=planted&state=x", "/?error=e&state=", "/?state=s-t"):
            assert fetched(waiting.url, wrong) == (404, b"")
        status, page = fetched(waiting.url, "/?code=planted&state=s-t")
        assert status == 200
        assert b"planted" not in page
        assert fetched(waiting.url, "/?code=second&state=s-t")[0] == 404
        assert heard.get(timeout=10) == "/?code=planted&state=s-t"
        assert heard.empty()
    finally:
        waiting.close()


# ---------------------------------------------------------------- own programs
def program(*lines: str) -> tuple[str, ...]:
    return (sys.executable, "-c", "\n".join(lines))


def test_a_program_gives_its_first_line() -> None:
    assert output_of(program("print('pass $HOME ñ; `id`')", "print('more')")) == "pass $HOME ñ; `id`"


def test_no_shell_reads_its_words() -> None:
    assert output_of(("/bin/echo", "$HOME", "`id`", ";", "*")) == "$HOME `id` ; *"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("raise SystemExit(3)",), "command_failed"),
        (("print('secret')", "raise SystemExit(1)"), "command_failed"),
        (("pass",), "command_empty"),
        (("print()",), "command_empty"),
        (("import sys; sys.stdout.buffer.write(b'\\xff\\n')",), "command_failed"),
        (("print('a' * 70000)",), "command_failed"),
        (("input()", "print('asked')"), "command_failed"),
    ],
)
def test_a_program_that_fails_is_not_a_refused_login(lines: tuple[str, ...], code: str) -> None:
    with pytest.raises(Unavailable) as problem:
        output_of(program(*lines))
    assert problem.value.code == code


def test_a_program_that_hangs_is_ended_with_its_children() -> None:
    with pytest.raises(Unavailable) as problem:
        output_of(("/bin/sh", "-c", "sleep 600 & sleep 600"), seconds=0.3)
    assert problem.value.code == "command_timeout"


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(Unavailable) as problem:
        output_of(("/nowhere/at/all",))
    assert problem.value.code == "command_missing"


@pytest.mark.parametrize("argv", [(), ("pass",), ("./pass", "x"), ("/bin/pass", "a\0b"), ("/bin/pass",) * 100])
def test_what_cannot_be_a_program(argv: tuple[str, ...]) -> None:
    assert not usable(argv)
    assert usable(("/usr/bin/pass", "show", "mail"))
