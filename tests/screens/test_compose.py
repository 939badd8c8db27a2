"""Writing a mail: what the screen asks of the desk, and that nothing typed is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from textual import events
from textual.pilot import Pilot

from actors.desk.api import NewMailbox
from store.model.errors import BadRequest, DeskError
from store.model.ids import EmailId, RequestId
from store.model.mailbox import ServerSettings
from store.model.outbox import Answering, Completion, OutboxState
from tests.screens.run import Office, Pauses, opened, settled, shown
from tests.support.fake_desk import FakeDesk
from tui.app import PostroomApp
from tui.screens.asking import Confirm
from tui.screens.compose import ComposeScreen, Ended, Sheet
from tui.screens.outbox import OutboxScreen
from tui.screens.pick_file import PickFile
from tui.widgets.fields import MailText

SERVER = ServerSettings(host="mail.firm.example", port=993, tls="ssl")
ASKS = b"""From: Marta Ruiz <marta@ruiz.example>\r
To: olga@firm.example\r
Subject: Invoices\r
Message-ID: <1@ruiz.example>\r
Date: Mon, 23 Nov 2026 10:00:00 +0000\r
\r
Here are the invoices.\r
"""


@dataclass
class Sheets:
    """The screens with one being written on."""

    app: PostroomApp
    pilot: Pilot[DeskError]
    desk: FakeDesk
    office: Office
    email: EmailId
    ended: list[Ended | None] = field(default_factory=list)

    async def write(self, sheet: Sheet) -> ComposeScreen:
        screen = ComposeScreen(self.app.link, self.app._around, sheet)  # noqa: SLF001 - what the app was given
        await self.app.push_screen(screen, self.ended.append)
        await self.settled()
        return screen

    async def settled(self) -> None:
        await settled(self.app, self.pilot)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settled()

    def called(self, name: str) -> list[tuple[tuple[object, ...], dict[str, object]]]:
        return [(given, named) for method, given, named in self.desk.calls if method == name]


@asynccontextmanager
async def sheets(*, size: tuple[int, int] = (80, 24), pauses: Pauses | None = None) -> AsyncIterator[Sheets]:
    desk = FakeDesk()
    await desk.add_mailbox(
        RequestId("m"),
        NewMailbox(address="olga@firm.example", login="olga", password="x", imap=SERVER, smtp=SERVER),
    )
    email = desk.deliver(ASKS)
    office = Office(desk)
    async with opened(office, size=size, pauses=pauses) as (app, pilot):
        await settled(app, pilot)
        yield Sheets(app, pilot, desk, office, email)


async def test_an_answer_is_quoted_kept_and_held() -> None:
    async with sheets() as here:
        await here.write(Sheet(how=Answering.REPLY, answers=here.email))
        assert any("> Here are the invoices." in row for row in shown(here.app))
        await here.press("H", "i")
        await here.press("ctrl+s")
        (out,) = here.desk.out.values()
        assert out.state is OutboxState.HELD
        assert out.draft.text.startswith("Hi\n")
        assert out.draft.how is Answering.REPLY
        assert out.draft.answers == here.email
        assert [who.address for who in out.draft.to] == ["marta@ruiz.example"]
        (ended,) = here.ended
        assert ended is not None
        assert ended.sending in here.desk.out


async def test_what_is_typed_while_it_opens_is_kept() -> None:
    async with sheets() as here:
        held = here.desk.hold("propose")
        sheet = Sheet(how=Answering.REPLY, answers=here.email)
        await here.app.push_screen(ComposeScreen(here.app.link, here.app._around, sheet), here.ended.append)  # noqa: SLF001
        for key in ("H", "o", "backspace", "i", "ctrl+s"):
            await here.pilot.press(key)
        held.set()
        await here.settled()
        (out,) = here.desk.out.values()
        assert out.state is OutboxState.HELD
        assert out.draft.text.startswith("Hi\n")


async def test_what_is_pasted_comes_once() -> None:
    async with sheets() as here:
        await here.write(Sheet(to="marta@ruiz.example"))
        here.app.post_message(events.Paste("pasted\x1b[31m\ntwice"))
        await here.settled()
        assert here.app.screen.query_one(MailText).text.count("pasted␛[31m\ntwice") == 1
        assert here.app.screen.query_one(MailText).text.count("pasted") == 1


async def test_typing_makes_one_draft_however_quick() -> None:
    async with sheets() as here:
        held = here.desk.hold("put_draft")
        await here.write(Sheet(to="marta@ruiz.example"))
        for key in "Good morning":
            await here.pilot.press("space" if key == " " else key)
        held.set()
        await here.settled()
        (out,) = here.desk.out.values()
        assert out.draft.text.startswith("Good morning")


async def test_esc_keeps_the_draft_and_it_opens_again() -> None:
    async with sheets() as here:
        await here.write(Sheet(to="marta@ruiz.example"))
        await here.press("H", "i", "escape")
        (name,) = here.desk.out
        assert here.ended[-1] == Ended(words="Kept in Drafts.")
        await here.write(Sheet(outbox=name))
        assert any(row.strip() == "Hi" for row in shown(here.app))


async def test_what_was_not_touched_leaves_nothing() -> None:
    async with sheets() as here:
        await here.write(Sheet(how=Answering.REPLY, answers=here.email))
        await here.press("escape")
        assert here.ended == [None]
        assert not here.desk.out


async def test_what_is_no_address_is_said_and_stays() -> None:
    async with sheets() as here:
        await here.write(Sheet())
        await here.press(*"marta", "ctrl+s")
        assert any("“marta” is no e-mail address" in row for row in shown(here.app))
        await here.press("escape")
        assert isinstance(here.app.screen, ComposeScreen)
        assert not here.called("send")


async def test_nobody_to_send_to() -> None:
    async with sheets() as here:
        await here.write(Sheet())
        await here.press("ctrl+s")
        assert any("Nobody to send it to" in row for row in shown(here.app))


async def test_a_name_is_completed() -> None:
    async with sheets() as here:
        await here.write(Sheet())
        await here.press(*"mar")
        await here.press("enter")
        await here.press(*"x@y.example")
        await here.press("ctrl+s")
        (out,) = here.desk.out.values()
        assert [who.address for who in out.draft.to] == ["marta@ruiz.example", "x@y.example"]


async def test_a_file_is_streamed_and_taken_out_again(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(b"%PDF" + bytes(600_000))
    async with sheets() as here:
        screen = await here.write(Sheet(to="marta@ruiz.example"))
        await here.press("ctrl+o")
        picker = here.app.screen
        assert isinstance(picker, PickFile)
        picker.query_one("Line").value = f"{tmp_path}/rep"  # type: ignore[attr-defined]  # an Input
        await here.settled()
        await here.press("enter")
        (out,) = here.desk.out.values()
        assert [(one.name, one.type, one.size) for one, _data in out.files] == [
            ("report.pdf", "application/pdf", 600_004)
        ]
        assert here.app.screen is screen
        assert any("report.pdf (600 kB)" in row for row in shown(here.app))
        await here.press("ctrl+r")
        assert out.files == []


async def test_discarding_asks_first() -> None:
    async with sheets() as here:
        await here.write(Sheet(to="marta@ruiz.example"))
        await here.press("H", "i", "ctrl+x")
        assert isinstance(here.app.screen, Confirm)
        await here.press("n")
        assert here.desk.out
        await here.press("ctrl+x", "y")
        assert not here.desk.out
        assert here.ended[-1] == Ended(words="Thrown away.")


async def test_without_a_mailbox_it_says_what_to_do() -> None:
    async with sheets() as here:
        here.desk.fail("propose", BadRequest("no_sender"))
        await here.write(Sheet())
        (ended,) = here.ended
        assert ended is not None
        assert ended.look == "warn"
        assert "mailbox" in ended.words


async def test_what_is_typed_while_the_office_is_away_is_kept_when_it_is_back() -> None:
    pauses = Pauses()
    async with sheets(pauses=pauses) as here:
        await here.write(Sheet(to="marta@ruiz.example"))
        here.office.go_away()
        await pauses.begun.wait()
        await here.pilot.press("H", "i")
        assert any("what you write stays here" in row for row in shown(here.app))
        assert not here.desk.out
        pauses.end()
        await here.office.attached_again()
        await here.settled()
        (out,) = here.desk.out.values()
        assert out.draft.text.startswith("Hi")


async def test_hostile_words_reach_the_screen_as_marks() -> None:
    async with sheets() as here:
        evil = here.desk.deliver(ASKS.replace(b"Here are", b"\x1b]52;c;eA==\x07 are").replace(b"<1@", b"<2@"))
        await here.write(Sheet(how=Answering.REPLY, answers=evil))
        assert not any("\x1b" in row or "\x07" in row for row in shown(here.app))


async def test_drafts_and_outbox() -> None:
    async with sheets() as here:
        await here.write(Sheet(to="marta@ruiz.example"))
        await here.press("H", "i", "ctrl+s")
        (out,) = here.desk.out.values()
        page = OutboxScreen(here.app.link, here.app._around, drafts=False)  # noqa: SLF001 - what the app was given
        await here.app.push_screen(page)
        await here.settled()
        assert any("goes out soon" in row for row in shown(here.app))
        await here.press("u")
        assert out.state is OutboxState.CANCELLED
        assert any("Taken back" in row for row in shown(here.app))


async def test_uncertain_mail_goes_again_only_when_a_person_is_sure() -> None:
    async with sheets() as here:
        await here.write(Sheet(to="marta@ruiz.example"))
        await here.press("H", "i", "ctrl+s")
        (out,) = here.desk.out.values()
        here.desk.went(out.outbox, OutboxState.UNCERTAIN)
        page = OutboxScreen(here.app.link, here.app._around, drafts=False)  # noqa: SLF001 - what the app was given
        await here.app.push_screen(page)
        await here.settled()
        await here.press("enter")
        assert any("Look into Sent" in row for row in shown(here.app))
        await here.press("q", "r")
        assert isinstance(here.app.screen, Confirm)
        assert not here.called("resolve")
        await here.press("n", "s")
        assert here.called("resolve")[-1][0] == (out.outbox, "sent")


async def test_the_signature_is_shown_and_another_address_has_another() -> None:
    async with sheets() as here:
        await here.desk.set_mailbox(
            RequestId("s"), "olga@firm.example", signature="**Olga**\nNotary", aliases=("info@firm.example",)
        )
        await here.desk.set_own_address(RequestId("o"), "olga@firm.example", "info@firm.example", signature="The firm")
        screen = await here.write(Sheet(how=Answering.REPLY, answers=here.email))
        await here.press("H", "i")
        assert any(row.strip().startswith("-- **Olga** · Notary") for row in shown(here.app))
        typed = screen.query_one(MailText).text
        screen.query_one("#compose-from").focus()
        await here.press("right")
        assert any(row.strip().startswith("-- The firm") for row in shown(here.app))
        assert screen.query_one(MailText).text == typed
        await here.press("ctrl+p")
        rows = [row.split("│")[1].strip() for row in shown(here.app) if row.count("│") == 2]
        assert rows.index("Hi") < rows.index("--") < rows.index("The firm") < rows.index("> Here are the invoices.")
        await here.press("q")
        await here.press("ctrl+l")
        assert any("without the signature" in row for row in shown(here.app))
        await here.press("ctrl+s")
        (out,) = here.desk.out.values()
        assert (out.draft.from_, out.draft.signature, out.draft.text) == ("info@firm.example", False, typed)


async def test_a_new_mail_is_from_the_address_last_used_with_whom_it_is_for() -> None:
    async with sheets() as here:
        await here.desk.set_mailbox(RequestId("s"), "olga@firm.example", aliases=("info@firm.example",))
        here.desk.last_used["marta@ruiz.example"] = "info@firm.example"
        screen = await here.write(Sheet())
        for key in "marta@ruiz.example":
            await here.pilot.press({"@": "at", ".": "full_stop"}.get(key, key))
        await here.press("tab", "tab", "tab", "tab")
        assert screen._draft().from_ == "info@firm.example"  # noqa: SLF001 - what would be kept


async def test_a_colleague_who_is_away_is_said_with_who_stands_in() -> None:
    async with sheets() as here:
        here.desk.colleagues["tom@firm.example"] = Completion(
            name="Tom Holt", address="tom@firm.example", away_until=1_795_000_000, deputy="Ana Diaz"
        )
        await here.write(Sheet(to="tom@firm.example"))
        await here.press("tab", "shift+tab")
        assert any("Tom Holt is away until" in row and "Ana Diaz stands in." in row for row in shown(here.app))
