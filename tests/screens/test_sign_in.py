"""Signing in at a provider, on screens: whose it is, what is opened and typed, waiting, stopping, pasting."""

import segno
from msgspec.structs import replace

from actors.desk.api import Desk, NewMailbox
from store.model.errors import SignInRefused
from store.model.ids import RequestId
from store.model.mailbox import ServerSettings
from store.model.sign_in import ProviderApp, SignIn, SignInWay
from tests.screens.run import shown
from tests.screens.test_first_run import Here, here
from tests.support.fake_desk import FakeDesk
from tui.keys import Place
from tui.qr import QUIET, qr_rows
from tui.screens.mailboxes import MailboxesScreen
from tui.screens.sign_in import SignInDialog
from tui.screens.sync_form import SyncForm
from tui.sign_in import provider_for, way_for

ANA = "ana@outlook.example"
SERVER = ServerSettings(host="outlook.office365.com", port=993, tls="ssl")
BOX = NewMailbox(address=ANA, login=ANA, password="", imap=SERVER, smtp=None)


def registered() -> FakeDesk:
    desk = FakeDesk()
    for name in ("microsoft", "google"):
        desk.apps[name] = ProviderApp(provider=name, client_id="c")
    return desk


def dialog(at: Here, way: SignInWay) -> SignInDialog:
    return SignInDialog(at.app.link, lambda desk: desk.begin_sign_in(way=way, mailbox=BOX, provider="microsoft"))


def text(at: Here) -> str:
    return "\n".join(shown(at.app))


def answered(at: Here) -> list[str]:
    return [str(named["answer"]) for _given, named in at.called("finish_sign_in")]


async def test_whose_it_is_and_what_is_typed_is_shown() -> None:
    async with here(registered()) as at:
        await at.app.push_screen(dialog(at, SignInWay.DEVICE), at.answers.append)
        await at.pilot.pause()
        said = text(at)
        for words in (ANA, "as nobody else", "https://login.example/device", "ABCD-EFGH", "waiting"):
            assert words in said, said
        await at.press("escape")
        assert at.answers == [None]
        assert at.called("cancel_sign_in")


async def test_servers_that_refuse_are_told_without_options() -> None:
    desk = registered()
    desk.fail("finish_sign_in", SignInRefused("login_refused", step="smtp", host="smtp.olmo.example"))
    async with here(desk) as at:
        desk.signed("s1")
        await at.app.push_screen(dialog(at, SignInWay.DEVICE), at.answers.append)
        await at.settled()
        assert "refused the login" in text(at)
        assert "--" not in text(at)


async def test_a_long_address_leaves_field_and_keys_in_sight() -> None:
    async def begins(desk: Desk) -> SignIn:
        told = await desk.begin_sign_in(way=SignInWay.PASTE, mailbox=BOX, provider="microsoft")
        return replace(told, url="https://login.example/authorize?" + "state=abcd&" * 52)

    async with here(registered()) as at:
        why = "needs sign-in since 20:40. The provider no longer accepts the grant, and will not from now on."
        screen = SignInDialog(at.app.link, begins, why=why)
        await at.push(screen)
        for widget in ("#dialog-keys", "Line"):
            assert screen.query_one(widget).region.bottom <= 24
        assert "as nobody else" in text(at)


async def test_it_ends_when_the_person_has_agreed() -> None:
    desk = registered()
    async with here(desk) as at:
        desk.signed("s1")
        await at.push(dialog(at, SignInWay.DEVICE))
        assert at.answers == [ANA]
        assert answered(at) == [""]


async def test_another_account_is_said_and_nothing_is_kept() -> None:
    desk = registered()
    async with here(desk) as at:
        desk.signed("s1", SignInRefused("sign_in_refused", cause="other_account"))
        await at.push(dialog(at, SignInWay.DEVICE))
        assert "another account" in text(at)
        assert desk.boxes == []
        await at.press("escape")
        assert at.answers == [None]


async def test_an_address_is_pasted_and_a_wrong_one_mended() -> None:
    async with here(registered()) as at:
        await at.push(dialog(at, SignInWay.PASTE))
        await at.press(*"hello", "enter")
        assert "not the address" in text(at)
        await at.press(*"http://127.0.0.1/?code=c", "enter")
        assert at.answers == [ANA]
        assert answered(at) == ["hello", "http://127.0.0.1/?code=c"]


async def test_enter_copies_the_address() -> None:
    async with here(registered()) as at:
        await at.push(dialog(at, SignInWay.PASTE))
        await at.press("enter")
        assert at.app.clipboard == "https://login.example/device"
        assert answered(at) == []


async def test_the_form_signs_in_where_the_provider_does() -> None:
    desk = registered()
    async with here(desk) as at:
        desk.signed("s1")
        await at.push(SyncForm(at.app.link, at.around))
        form = at.app.screen
        assert isinstance(form, SyncForm)
        await at.press(*ANA, "enter")
        form._field("imap").value = "outlook.office365.com"  # noqa: SLF001 - as if typed
        form._field("smtp").value = ""  # noqa: SLF001
        await at.press("ctrl+s")
        assert at.answers == [ANA]
        ((_given, named),) = at.called("begin_sign_in")
        assert (named["provider"], named["way"]) == ("microsoft", SignInWay.DEVICE)


async def test_one_key_mends_a_mailbox() -> None:
    desk = registered()
    await desk.add_mailbox(RequestId("m"), BOX)
    async with here(desk) as at:
        desk.signed("s1")
        await at.push(MailboxesScreen(at.app.link, at.around))
        await at.press("i")
        assert answered(at) == [""]
        assert "is signed in" in text(at)


async def test_without_a_registration_the_password_is_asked() -> None:
    desk = FakeDesk()
    await desk.add_mailbox(RequestId("m"), BOX)
    async with here(desk) as at:
        await at.push(MailboxesScreen(at.app.link, at.around))
        await at.press("i", *"planted", "enter")
        assert answered(at) == ["planted"]
        assert "planted" not in text(at)


# ---------------------------------------------------------------- the parts
def test_a_code_is_the_address() -> None:
    address = "https://login.example/device"
    rows = qr_rows(address, cells=80, lines=40)
    wanted = [[bool(dot) for dot in row] for row in segno.make(address, error="l", micro=False).matrix]
    dots = []
    for row in rows:
        dots.append([letter in "▄ " for letter in row])
        dots.append([letter in "▀ " for letter in row])
    side = len(wanted) + 2 * QUIET
    assert {len(row) for row in rows} == {side}
    inner = [row[QUIET:-QUIET] for row in dots[QUIET : QUIET + len(wanted)]]
    assert inner == wanted
    assert not any(any(row) for row in dots[:QUIET])


def test_a_code_that_does_not_fit_is_not_drawn() -> None:
    assert qr_rows("https://login.example/device", cells=20, lines=40) == ()
    assert qr_rows("https://login.example/device", cells=80, lines=8) == ()


def test_the_way_fits_the_place() -> None:
    assert provider_for("IMAP.gmail.com.") == "google"
    assert provider_for("mail.firm.example") == "openid"
    assert way_for("microsoft", {"SSH_TTY": "/dev/pts/1"}) is SignInWay.DEVICE
    assert way_for("google", {"DISPLAY": ":0"}) is SignInWay.BROWSER
    assert way_for("google", {"DISPLAY": ":0", "SSH_CONNECTION": "x"}) is SignInWay.PASTE
    assert way_for("google", {}) is SignInWay.PASTE
    assert Place.FORM is SignInDialog.place
