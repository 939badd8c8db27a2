"""Sign-ins under way, at a local provider: how it is asked, whose grant is kept, and an office that ends meanwhile."""

import queue
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from actors.desk.api import NewMailbox
from actors.desk.signing_in import About
from actors.kept_sign_ins import PREFIX, KeptSignIns
from actors.messages import OtherSignedIn
from actors.signing import SignIns
from providers.oauth.records import App
from providers.sealed import SealedBox
from store.model.errors import Away, NotFound, SignInRefused
from store.model.ids import MemberKey
from store.model.mailbox import ServerSettings
from store.model.sign_in import SignIn, SignInWay
from tests.support.home import short_folder
from tests.support.openid import OpenId

ANA, BEN = "ana@firm.example", "ben@firm.example"
ME, OTHER = MemberKey(1), MemberKey(2)
ABOUT = About(
    wanted=NewMailbox(
        address=ANA,
        login=ANA,
        password="",
        imap=ServerSettings(host="imap.firm.example", port=993, tls="implicit"),
        smtp=None,
    )
)


@dataclass
class Rig:
    """Sign-ins of one office after another, on one box and with clocks of the test's own."""

    provider: OpenId
    box: SealedBox
    others: "queue.SimpleQueue[OtherSignedIn]" = field(default_factory=queue.SimpleQueue)
    paused: "queue.SimpleQueue[float]" = field(default_factory=queue.SimpleQueue)
    let: "queue.SimpleQueue[None]" = field(default_factory=queue.SimpleQueue)
    monotonic: float = 1000.0
    wall: float = 1_800_000_000.0
    made: list[SignIns] = field(default_factory=list)

    def office(self) -> SignIns:
        """A new one; the one before has ended."""
        self.end()
        one = SignIns(
            KeptSignIns(lambda: self.box),
            on_other=self.others.put,
            clock=lambda: self.monotonic,
            now=lambda: self.wall,
            pause=self.pause,
        )
        self.made.append(one)
        return one

    def end(self) -> None:
        for one in self.made:
            one.stop()
        self.let.put(None)
        self.made.clear()
        self.let = queue.SimpleQueue()

    def pause(self, ended: threading.Event, seconds: float) -> bool:
        """Between two questions: as long as the test likes."""
        let = self.let
        self.paused.put(seconds)
        let.get(timeout=30)
        return ended.is_set()

    def app(self, name: str) -> App:
        where = self.provider.authority if name == "microsoft" else self.provider.issuer
        self.provider.style = "microsoft" if name == "microsoft" else "google"
        return App(
            provider="microsoft" if name == "microsoft" else "openid",
            client_id=self.provider.client_id,
            authority=where,
            certificates=self.provider.pem,
        )

    def begin(self, office: SignIns, way: SignInWay, *, provider: str = "openid", caller: MemberKey = ME) -> SignIn:
        return office.begin(
            caller, member="Ana", address=ANA, account=ANA, way=way, app=self.app(provider), about=ABOUT
        )

    def device(self, office: SignIns) -> SignIn:
        return self.begin(office, SignInWay.DEVICE, provider="microsoft")

    def sealed(self) -> list[str]:
        return [name for name in self.box.names() if name.startswith(PREFIX)]


@pytest.fixture
def rig(provider: OpenId) -> Iterator[Rig]:
    provider.asked.clear()
    provider.refresh_tokens.clear()
    top = short_folder()
    made = Rig(provider, SealedBox(top / "secrets.sealed", top / "secrets.key"))
    yield made
    made.end()
    shutil.rmtree(top)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(SignInRefused) as error:
        act()
    return str(error.value.arguments["cause"])


# ---------------------------------------------------------------- how often a provider is asked
async def test_a_provider_that_wants_to_be_asked_less_often_is(rig: Rig) -> None:
    office = rig.office()
    rig.provider.hurried = 2
    told = rig.device(office)
    waited = []
    for _ in range(3):
        waited.append(rig.paused.get(timeout=30))
        rig.let.put(None)
    assert [*waited, rig.paused.get(timeout=30)] == [1, 6, 11, 11]
    rig.provider.enter(told.user_code, account=ANA)
    rig.let.put(None)
    assert await office.wait(ME, told.sign_in, seconds=30)


async def test_a_provider_that_is_away_is_asked_less_often_for_a_while(rig: Rig) -> None:
    office = rig.office()
    told = rig.device(office)
    rig.provider.fail("token", "busy", times=2)
    waited = []
    for _ in range(3):
        waited.append(rig.paused.get(timeout=30))
        rig.let.put(None)
    assert [*waited, rig.paused.get(timeout=30)] == [1, 2, 4, 1]
    rig.provider.enter(told.user_code, account=ANA)
    rig.let.put(None)
    assert await office.wait(ME, told.sign_in, seconds=30)


@pytest.mark.parametrize(("says", "cause"), [("no", "declined"), ("nothing", "code_expired")])
async def test_who_declines_or_comes_too_late_ends_it(rig: Rig, says: str, cause: str) -> None:
    """The provider's clock decides, whatever ours says."""
    office, clock = rig.office(), rig.provider.clock
    told = rig.device(office)
    assert told.expires_at == int(rig.wall) + rig.provider.device_lifetime
    if says == "no":
        rig.provider.enter(told.user_code, account=ANA, say_yes=False)
    else:
        rig.provider.clock = lambda: clock() + rig.provider.device_lifetime + 1
    rig.let.put(None)
    try:
        with pytest.raises(SignInRefused) as error:
            await office.wait(ME, told.sign_in, seconds=30)
    finally:
        rig.provider.clock = clock
    assert error.value.arguments["cause"] == cause
    assert rig.sealed() == []
    with pytest.raises(NotFound):
        await office.wait(ME, told.sign_in, seconds=30)


# ---------------------------------------------------------------- another account (Z24)
async def test_another_s_grant_is_given_back_and_told(rig: Rig) -> None:
    office = rig.office()
    told = rig.begin(office, SignInWay.PASTE)
    ended_at = rig.provider.visit(told.url, account=BEN)
    assert refused(lambda: office.take(ME, told.sign_in, answer=ended_at)) == "other_account"
    assert rig.provider.count("revoke") == 1
    assert not rig.provider.refresh_tokens
    other = rig.others.get(timeout=30)
    assert (other.member, other.address, other.accounts) == (ME, ANA, (BEN,))
    assert rig.sealed() == []


@pytest.mark.parametrize("fault", ["busy", "close", "garbage"])
async def test_it_is_told_even_if_nobody_takes_it_back(rig: Rig, fault: str) -> None:
    office = rig.office()
    told = rig.begin(office, SignInWay.PASTE)
    ended_at = rig.provider.visit(told.url, account=BEN)
    rig.provider.fail("revoke", fault)  # type: ignore[arg-type]
    assert refused(lambda: office.take(ME, told.sign_in, answer=ended_at)) == "other_account"
    assert rig.others.get(timeout=30).accounts == (BEN,)


async def test_microsoft_takes_nothing_back_and_nothing_is_kept(rig: Rig) -> None:
    office = rig.office()
    told = rig.device(office)
    rig.provider.enter(told.user_code, account=BEN)
    rig.let.put(None)
    with pytest.raises(SignInRefused):
        await office.wait(ME, told.sign_in, seconds=30)
    assert rig.others.get(timeout=30).accounts == (BEN,)
    assert rig.provider.count("revoke") == 0
    assert rig.sealed() == []


# ---------------------------------------------------------------- an office that ends meanwhile
async def test_a_device_s_code_is_good_with_the_next_office(rig: Rig) -> None:
    told = rig.device(rig.office())
    office = rig.office()
    rig.provider.enter(told.user_code, account=ANA)
    assert not await office.wait(ME, told.sign_in, seconds=0.01)
    rig.let.put(None)
    assert await office.wait(ME, told.sign_in, seconds=30)
    grant, token = office.take(ME, told.sign_in, answer="")
    assert token.token in rig.provider.access_tokens
    assert office.about(ME, told.sign_in) == (told, ABOUT)
    assert grant.account == ANA


async def test_what_came_before_the_end_is_there_after_it(rig: Rig) -> None:
    office = rig.office()
    told = rig.device(office)
    rig.provider.enter(told.user_code, account=ANA)
    rig.let.put(None)
    assert await office.wait(ME, told.sign_in, seconds=30)
    rig.wall += 60
    later = rig.office()
    assert await later.wait(ME, told.sign_in, seconds=30)
    _grant, token = later.take(ME, told.sign_in, answer="")
    assert token.seconds == rig.provider.lifetime - 60
    later.cancel(ME, told.sign_in)
    assert rig.sealed() == []


@pytest.mark.parametrize("provider_", ["openid", "microsoft"])
async def test_a_pasted_address_is_good_with_the_next_office(rig: Rig, provider_: str) -> None:
    told = rig.begin(rig.office(), SignInWay.PASTE, provider=provider_)
    ended_at = rig.provider.visit(told.url, account=ANA)
    office = rig.office()
    with pytest.raises(Away):
        office.take(ME, told.sign_in, answer="")
    grant, _token = office.take(ME, told.sign_in, answer=ended_at)
    assert grant.account == ANA


async def test_it_is_nobody_else_s_in_the_next_office_either(rig: Rig) -> None:
    told = rig.begin(rig.office(), SignInWay.PASTE)
    office = rig.office()
    with pytest.raises(NotFound):
        office.about(OTHER, told.sign_in)
    office.forget_but({OTHER})
    with pytest.raises(NotFound):
        office.about(ME, told.sign_in)
    assert rig.sealed() == []


@pytest.mark.parametrize("seconds", [901, 86_400 * 300])
async def test_what_is_too_old_goes_with_the_next_office(rig: Rig, seconds: float) -> None:
    told = rig.begin(rig.office(), SignInWay.PASTE)
    rig.wall += seconds
    office = rig.office()
    with pytest.raises(NotFound):
        office.about(ME, told.sign_in)
    assert rig.sealed() == []


async def test_a_clock_that_was_set_back_keeps_nothing_longer(rig: Rig) -> None:
    told = rig.begin(rig.office(), SignInWay.PASTE)
    rig.wall -= 86_400
    office = rig.office()
    office.about(ME, told.sign_in)
    rig.monotonic += 901
    assert refused(lambda: office.about(ME, told.sign_in)) == "code_expired"
    assert rig.sealed() == []


async def test_what_waits_is_sealed(rig: Rig) -> None:
    told = rig.begin(rig.office(), SignInWay.PASTE)
    (name,) = rig.sealed()
    raw = rig.box.get(name)
    assert raw is not None
    assert told.url.encode() in raw
    folder = rig.box._path.parent  # noqa: SLF001 - where it lies
    assert not any(told.url.encode() in path.read_bytes() for path in folder.iterdir())


async def test_what_a_newer_version_left_is_no_hindrance(rig: Rig) -> None:
    rig.box.put(f"{PREFIX}newer", b"\x81\xa5other\x01")
    office = rig.office()
    told = rig.begin(office, SignInWay.PASTE)
    assert rig.sealed() == [f"{PREFIX}{told.sign_in}"]


async def test_where_secrets_cannot_be_read_it_is_said(rig: Rig) -> None:
    told = rig.begin(rig.office(), SignInWay.PASTE)
    office = rig.office()
    key = rig.box._given  # noqa: SLF001 - what is lost
    assert isinstance(key, Path)
    key.rename(key.with_name("away"))
    with pytest.raises(Away) as error:
        office.about(ME, told.sign_in)
    assert error.value.code == "secret_lost"
    key.with_name("away").rename(key)
    assert office.about(ME, told.sign_in)[0] == told
