"""From an empty home to the first clients: offers, the form, find clients."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen

from actors.desk.api import NewMailbox
from store.model.errors import Away, DeskError, SignInRefused
from store.model.found import Found, FoundBy, FoundServer
from store.model.ids import RequestId
from store.model.mailbox import ServerSettings
from tests.screens.desk import NOW, ShownDesk
from tests.screens.run import NO_PAUSE, Office, settled, shown
from tests.support.fake_desk import FakeDesk
from tui.app import PostroomApp
from tui.screens.asking import AskText, Confirm
from tui.screens.find_clients import FindClientsScreen
from tui.screens.pick_file import PickFile
from tui.screens.sync_form import SyncForm
from tui.screens.welcome import WelcomeScreen
from tui.surroundings import Surroundings

SERVER = ServerSettings(host="mail.firm.example", port=993, tls="ssl")
OWN = Found(
    source=FoundBy.AUTOCONFIG,
    imap=FoundServer(host="imap.olmo.example", port=993, tls="ssl", login="ana@olmo.example"),
    smtp=FoundServer(host="smtp.olmo.example", port=465, tls="ssl", login="ana@olmo.example"),
    trusted=True,
)


class Service:
    """A service that can be wanted and installed."""

    def __init__(self, *, wanted: bool = True) -> None:
        self.is_wanted, self.installed = wanted, 0

    def wanted(self) -> bool:
        return self.is_wanted

    def install(self) -> str:
        self.installed += 1
        return "It runs."


@dataclass
class Here:
    app: PostroomApp
    pilot: Pilot[DeskError]
    desk: FakeDesk
    around: Surroundings
    answers: list[object] = field(default_factory=list)

    async def push(self, screen: Screen[Any]) -> None:
        await self.app.push_screen(screen, self.answers.append)
        await self.settled()

    async def settled(self) -> None:
        await settled(self.app, self.pilot)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settled()

    def called(self, name: str) -> list[tuple[tuple[object, ...], dict[str, object]]]:
        return [(given, named) for method, given, named in self.desk.calls if method == name]


@asynccontextmanager
async def here(desk: FakeDesk | None = None, *, service: Service | None = None) -> AsyncIterator[Here]:
    desk = desk or FakeDesk()
    desk.found["ana@olmo.example"] = (OWN,)
    around = Surroundings(clock=lambda: NOW, chance=lambda: 0.5, pace=NO_PAUSE, keep_running=service)
    app = PostroomApp(Office(desk), surroundings=around)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        yield Here(app, pilot, desk, around)


def letter(number: int, *, sender: str, to: str) -> bytes:
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: Matter {number}\r\nMessage-ID: <{number}@x.example>\r\n"
        f"Date: Mon, 23 Nov 2026 10:{number:02}:00 +0000\r\n\r\nText {number}\r\n"
    ).encode()


async def with_people() -> FakeDesk:
    desk = FakeDesk()
    await desk.add_mailbox(
        RequestId("m"),
        NewMailbox(address="olga@firm.example", login="olga", password="x", imap=SERVER, smtp=SERVER),
    )
    people = ("Marta Ruiz <marta@ruiz.example>", "Luis Soto <luis@soto.example>", "Eva Ruiz <eva@ruiz-casa.example>")
    for number, who in enumerate(people):
        desk.deliver(letter(2 * number, sender=who, to="olga@firm.example"))
        desk.deliver(letter(2 * number + 1, sender="Olga <olga@firm.example>", to=who), folder="Sent", read=True)
    return desk


async def test_the_offers_have_a_key_each_and_q_leads_to_the_empty_desk() -> None:
    async with here() as at:
        await at.push(WelcomeScreen(at.app.link, at.around, firm="Olga Owner"))
        text = "\n".join(shown(at.app))
        for words in ("sync my email", "bring in mail files", "look at the demo firm", "to the empty desk"):
            assert words in text
        await at.press("q")
        assert at.answers == [None]


async def test_a_mailbox_is_synced_with_servers_guessed_and_edited() -> None:
    async with here() as at:
        await at.push(SyncForm(at.app.link, at.around))
        await at.press(*"ana@olmo.example", "enter", *"secret")
        text = "\n".join(shown(at.app))
        assert "imap.olmo.example" in text
        assert "secret" not in text
        await at.press("tab", *":1993", "enter")
        ((given, _named),) = at.called("add_mailbox")
        (wanted,) = given
        assert isinstance(wanted, NewMailbox)
        assert (wanted.address, wanted.login, wanted.password) == ("ana@olmo.example", "ana@olmo.example", "secret")
        assert (wanted.imap.host, wanted.imap.port, wanted.imap.tls) == ("imap.olmo.example", 1993, "ssl")
        assert wanted.smtp is not None
        assert (wanted.smtp.host, wanted.smtp.port, wanted.smtp.tls) == ("smtp.olmo.example", 465, "ssl")
        assert at.answers == ["ana@olmo.example"]


async def test_a_refused_login_is_said_and_nothing_typed_is_lost() -> None:
    async with here() as at:
        at.desk.fail("add_mailbox", SignInRefused("login_refused", step="imap", host="imap.olmo.example"))
        await at.push(SyncForm(at.app.link, at.around))
        await at.press(*"ana@olmo.example", "enter", *"wrong", "enter")
        text = "\n".join(shown(at.app))
        assert "refused the login" in text
        assert "ana@olmo.example" in text
        assert not at.answers
        await at.press("enter")
        assert at.answers == ["ana@olmo.example"]


async def test_a_server_that_cannot_be_used_is_where_the_cursor_goes() -> None:
    async with here() as at:
        at.desk.fail("add_mailbox", Away("server", step="smtp", host="smtp.olmo.example", cause="dns"))
        await at.push(SyncForm(at.app.link, at.around))
        await at.press(*"ana@olmo.example", "enter", *"secret", "enter")
        assert at.app.focused is not None
        assert at.app.focused.id == "form-smtp"


async def test_how_it_is_secured_is_shown_follows_the_port_and_can_be_chosen() -> None:
    async with here() as at:
        await at.push(SyncForm(at.app.link, at.around))
        await at.press(*"ana@olmo.example", "enter", *"secret")
        assert "by the port: IMAP TLS (993), SMTP TLS (465)" in "\n".join(shown(at.app))
        await at.press("tab", *":143", "tab", *":587")
        assert "by the port: IMAP STARTTLS (143), SMTP STARTTLS (587)" in "\n".join(shown(at.app))
        await at.press("tab", "right")
        assert "TLS from the beginning" in "\n".join(shown(at.app))
        at.desk.fail("add_mailbox", Away("server", step="smtp", host="smtp.olmo.example", cause="tls_other"))
        await at.press("enter")
        assert "choose another encryption" in "\n".join(shown(at.app))
        assert at.app.focused is not None
        assert at.app.focused.id == "form-security"
        await at.press("left", "enter")
        tried: list[Any] = [given[0] for given, _named in at.called("add_mailbox")]
        assert [(one.imap.port, one.imap.tls, one.smtp.port, one.smtp.tls) for one in tried] == [
            (143, "ssl", 587, "ssl"),
            (143, "starttls", 587, "starttls"),
        ]
        assert at.answers == ["ana@olmo.example"]


async def test_esc_stops_the_trying_and_says_so_and_leaves_only_then() -> None:
    desk = ShownDesk()
    held = desk.hold("add_mailbox")
    async with here(desk) as at:
        await at.push(SyncForm(at.app.link, at.around))
        await at.pilot.press(*"ana@olmo.example", "enter", *"secret", "enter")
        await desk.reached("add_mailbox")
        await at.pilot.pause()
        assert "Esc stop" in shown(at.app)[-1]
        await at.press("escape")
        text = "\n".join(shown(at.app))
        assert "Stopped; nothing is kept of it." in text
        assert "ana@olmo.example" in text
        assert at.answers == []
        held.set()
        await at.press("enter")
        assert at.answers == ["ana@olmo.example"]


async def test_mail_files_are_brought_in(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(letter(1, sender="a@x.example", to="b@y.example"))
    async with here() as at:
        await at.push(WelcomeScreen(at.app.link, at.around, firm="Olga Owner"))
        await at.press("i")
        asking = at.app.screen
        assert isinstance(asking, AskText)
        asking.query_one("Line").value = str(tmp_path)  # type: ignore[attr-defined]  # an Input
        await at.press("enter")
        assert at.answers == ["1 email brought in."]


async def test_what_cannot_be_brought_in_is_said() -> None:
    async with here() as at:
        await at.push(WelcomeScreen(at.app.link, at.around, firm="Olga Owner"))
        await at.press("i", *"nowhere", "enter")
        assert any("nowhere" in row for row in shown(at.app))
        assert not at.answers


async def test_contacts_are_imported(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("Name,Email,Company\nMarta Ruiz,marta@ruiz.example,Ruiz Hermanos\n")
    async with here() as at:
        await at.push(WelcomeScreen(at.app.link, at.around, firm="Olga Owner"))
        await at.press("I")
        picker = at.app.screen
        assert isinstance(picker, PickFile)
        picker.query_one("Line").value = f"{tmp_path}/people"  # type: ignore[attr-defined]  # an Input
        await at.settled()
        await at.press("enter")
        assert any("Marta Ruiz" in row for row in shown(at.app))
        assert not await at.desk.contacts()
        await at.press("plus")
        (words,) = at.answers
        assert str(words).startswith("1 new, ")
        assert [one.name for one in await at.desk.contacts()] == ["Marta Ruiz"]


async def test_the_demo_opens_in_this_terminal() -> None:
    async with here() as at:
        await at.push(WelcomeScreen(at.app.link, at.around, firm="Olga Owner"))
        await at.press("d")
        assert any("postroom demo" in row for row in shown(at.app))


async def test_clients_are_chosen_named_joined_and_made() -> None:
    service = Service()
    async with here(await with_people(), service=service) as at:
        await at.push(FindClientsScreen(at.app.link, at.around))
        names = [row.split()[2] for row in shown(at.app) if row.startswith(" [ ]")]
        await at.press("x", "x", "J", "g", "g", "enter")
        asking = at.app.screen
        assert isinstance(asking, AskText)
        asking.query_one("Line").value = "Family"  # type: ignore[attr-defined]  # an Input
        await at.press("enter", "plus")
        ((given, _named),) = at.called("make_clients")
        (clients,) = given
        assert isinstance(clients, tuple)
        assert [one.name for one in clients] == ["Family"]
        assert len(clients[0].contacts) == 2
        assert len(names) == 3
        assert isinstance(at.app.screen, Confirm)
        await at.press("y")
        assert service.installed == 1
        assert any("It runs." in row for row in shown(at.app))


async def test_the_service_is_not_offered_where_there_is_none() -> None:
    async with here(await with_people(), service=Service(wanted=False)) as at:
        await at.push(FindClientsScreen(at.app.link, at.around))
        await at.press("plus")
        assert isinstance(at.app.screen, FindClientsScreen)
        assert len(at.desk.firm.clients) == 1
        assert any("1 client made" in row for row in shown(at.app))


async def test_what_is_chosen_stays_while_mail_arrives() -> None:
    desk = await with_people()
    async with here(desk) as at:
        await at.push(FindClientsScreen(at.app.link, at.around))
        await at.press("x")
        before = shown(at.app)
        desk.deliver(letter(57, sender="New <new@new.example>", to="olga@firm.example"))
        await at.settled()
        assert shown(at.app) == before


async def test_making_is_undone() -> None:
    async with here(await with_people()) as at:
        await at.push(FindClientsScreen(at.app.link, at.around))
        await at.press("plus", "u")
        assert any("Undone: clients made" in row for row in shown(at.app))
        assert not at.desk.firm.clients
        assert sum(row.startswith(" [ ]") for row in shown(at.app)) == 3
