"""Clients and their profiles: what stands there, what each key asks of the desk, filtering with thousands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from actors.desk.api import NewContact, NewMailbox
from store.model.errors import DeskError
from store.model.firm import Client
from store.model.ids import ClientId, RequestId
from store.model.mailbox import ServerSettings
from tests.screens.run import opened, settled, shown
from tests.support.fake_desk import FakeDesk
from tui.app import PostroomApp
from tui.screens.client import ClientScreen
from tui.screens.clients import ClientsScreen
from tui.screens.contact import ContactScreen
from tui.screens.find_clients import FindClientsScreen
from tui.screens.mail import MailScreen

ADA = (
    b"From: Ada Byron <ada@byron.example>\r\nTo: olga@firm.example\r\nSubject: The engine\r\nMessage-ID: <1@x>\r\n"
    b"\r\nHi.\r\n"
)
BLUM = b"From: Leo <leo@blum.example>\r\nTo: olga@firm.example\r\nSubject: The walk\r\nMessage-ID: <2@x>\r\n\r\nHi.\r\n"
OWN = "olga@firm.example"
WIDE, NARROW = (120, 40), (80, 24)


def new(words: str) -> RequestId:
    return RequestId(words)


async def home() -> FakeDesk:
    """A mailbox that is synced, without mail."""
    desk = FakeDesk()
    server = ServerSettings(host="imap.firm.example", port=993, tls="ssl")
    box = NewMailbox(address=OWN, login=OWN, password="p", imap=server, smtp=server)
    await desk.add_mailbox(new("m"), box)
    return desk


async def firm() -> FakeDesk:
    """Two clients with a mail each."""
    desk = await home()
    await desk.add_client(new("c1"), "Byron", [NewContact(name="Ada Byron", address="ada@byron.example")])
    await desk.add_client(new("c2"), "Blum", [NewContact(name="Leo", address="leo@blum.example")])
    await desk.tag_client(new("t"), "Byron", add=("engines", "VAT"))
    desk.deliver(ADA)
    desk.deliver(BLUM)
    desk.undos.clear()
    desk.calls.clear()
    return desk


class Hand:
    """A person at the screens."""

    def __init__(self, app: PostroomApp, pilot: Pilot[DeskError], desk: FakeDesk) -> None:
        self.app, self.pilot, self.desk = app, pilot, desk

    async def press(self, *keys: str) -> "Hand":
        for key in keys:
            await self.pilot.press(key)
            await settled(self.app, self.pilot)
        return self

    @property
    def rows(self) -> str:
        return "\n".join(shown(self.app))

    def line_with(self, words: str) -> str:
        return next(line for line in shown(self.app) if words in line)

    def asked(self, name: str) -> list[tuple[tuple[object, ...], dict[str, object]]]:
        return [(given, named) for method, given, named in self.desk.calls if method == name]


@asynccontextmanager
async def at(desk: FakeDesk, *keys: str, size: tuple[int, int] = NARROW) -> AsyncIterator[Hand]:
    async with opened(desk, size=size) as (app, pilot):
        await settled(app, pilot)
        hand = Hand(app, pilot, desk)
        await hand.press(*keys)
        yield hand


# ---------------------------------------------------------------- the list


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_row_says_what_there_is_to_do(size: tuple[int, int]) -> None:
    async with at(await firm(), "g", "k", size=size) as hand:
        assert isinstance(hand.app.screen, ClientsScreen)
        assert "2 clients" in hand.rows
        line = hand.line_with("Byron")
        assert "engines" in line
        assert "●" in line
        end = hand.line_with("To answer").index("To answer") + len("To answer")
        assert line[end - 2 : end] == " 1"  # a number ends where its head does


async def test_the_list_is_filtered_as_one_types_and_esc_brings_all_back() -> None:
    async with at(await firm(), "g", "k", "slash", "b", "y") as hand:
        assert "1 of 2 fit" in hand.rows
        assert "Blum" not in hand.rows
        await hand.press("enter", "enter")
        assert isinstance(hand.app.screen, ClientScreen)
        await hand.press("q", "q")
        assert "Blum" in hand.rows
        await hand.press("q")
        assert isinstance(hand.app.screen, MailScreen)


async def test_tags_are_searched_too() -> None:
    async with at(await firm(), "g", "k", "slash", *"vat") as hand:
        assert "Byron" in hand.rows
        assert "Blum" not in hand.rows
        await hand.press("escape")
        assert "Blum" in hand.rows


async def test_a_new_client_is_made_and_opened() -> None:
    async with at(await firm(), "g", "k", "plus", *"Lovelace", "enter") as hand:
        assert hand.asked("add_client") == [(("Lovelace",), {})]
        assert isinstance(hand.app.screen, ClientScreen)
        assert "Lovelace" in hand.rows
        assert "Nobody is linked yet" in hand.rows


async def test_two_marked_clients_are_merged_after_a_question_and_brought_back() -> None:
    desk = await firm()
    async with at(desk, "g", "k", "x", "x") as hand:
        assert "2 marked" in hand.rows
        await hand.press("J")
        assert "Merge Blum into Byron?" in hand.rows
        await hand.press("y")
        assert "Blum is merged into Byron. u takes it back." in hand.rows
        assert [client.name for client in await desk.clients()] == ["Byron"]
        await hand.press("u")
        assert "Undone" in hand.rows
        assert len(await desk.clients()) == 2


async def test_merging_wants_two() -> None:
    async with at(await firm(), "g", "k", "x", "J") as hand:
        assert "Mark two clients with x" in hand.rows
        assert not hand.asked("merge_clients")


async def test_tags_are_set_as_one_line() -> None:
    async with at(await firm(), "g", "k", "j", "t") as hand:
        assert "engines, VAT" in hand.rows
        await hand.press(*["backspace"] * 3, *"tax", "enter")
        assert hand.asked("tag_client")[-1][1] == {"add": ["tax"], "remove": ["VAT"]}


async def test_clients_are_found_from_here() -> None:
    async with at(await firm(), "g", "k", "g", "f") as hand:
        assert isinstance(hand.app.screen, FindClientsScreen)


async def test_news_change_the_numbers_of_what_is_in_view() -> None:
    desk = await firm()
    async with at(desk, "g", "k") as hand:
        asked = len(hand.asked("client_page"))
        desk.deliver(ADA.replace(b"<1@x>", b"<3@x>").replace(b"engine", b"bill"))
        await settled(hand.app, hand.pilot)
        assert " 2 " in hand.line_with("Byron")
        assert len(hand.asked("client_page")) == asked + 1


async def test_five_thousand_are_there_and_filtered_at_once() -> None:
    desk = await home()
    desk.firm.clients += [Client(client=ClientId(f"c{n}"), name=f"Client {n:04} & Sons") for n in range(5_000)]
    async with at(desk, "g", "k") as hand:
        assert "5000 clients" in hand.rows
        pages = len(hand.asked("client_page"))
        assert pages <= 6
        await hand.press("G")
        assert "Client 4999" in hand.rows
        await hand.press("slash", *"4711")
        assert "1 of 5000 fit" in hand.rows
        assert "Client 4711" in hand.rows
        assert len(hand.asked("client_page")) == pages  # nothing is asked while one types


# ---------------------------------------------------------------- the profile


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_overview_says_what_the_firm_knows(size: tuple[int, int]) -> None:
    async with at(await firm(), "g", "k", "j", "enter", size=size) as hand:
        for words in ("Byron", "1 to answer", "[Overview]", "The engine", "to answer", "Ada Byron",
                      "ada@byron.example", "engines, VAT", "email sync on" if size == WIDE else "✓ email"):  # fmt: skip
            assert words in hand.rows, words
        assert "Jobs" not in hand.rows


async def test_a_legal_hold_is_seen() -> None:
    desk = await firm()
    await desk.hold_client(new("h"), "Byron", on=True)
    async with at(desk, "g", "k", "j", "enter") as hand:
        assert "legal hold" in hand.rows
        await hand.press("q", "k", "enter")
        assert "legal hold" not in hand.rows


async def test_enter_on_an_email_reads_it_in_its_client_s_folder() -> None:
    async with at(await firm(), "g", "k", "j", "enter", "enter") as hand:
        assert isinstance(hand.app.screen, MailScreen)
        assert hand.app.screen.place == "reading"
        assert "Byron" in hand.rows
        assert "The engine" in hand.rows


async def test_the_email_tab_is_the_client_s_folder() -> None:
    async with at(await firm(), "g", "k", "j", "enter", "tab") as hand:
        assert "[Email]" in hand.rows
        assert "The engine" in hand.rows
        assert "The walk" not in hand.rows
        await hand.press("enter")
        assert isinstance(hand.app.screen, MailScreen)
        assert hand.app.screen.place == "reading"


async def test_tabs_go_round_both_ways() -> None:
    async with at(await firm(), "g", "k", "enter") as hand:
        await hand.press("h")
        last = next(line for line in shown(hand.app) if "[" in line)
        assert "[Overview]" not in last
        await hand.press("l")
        assert "[Overview]" in hand.rows


async def test_a_contact_is_linked_when_it_is_said_what_that_files() -> None:
    desk = await firm()
    desk.deliver(ADA.replace(b"ada@byron.example", b"charles@engine.example").replace(b"<1@x>", b"<4@x>"))
    async with at(desk, "g", "k", "j", "enter", "plus", *"charles@engine.example", "enter") as hand:
        assert "1 past email is filed by it." in " ".join(hand.rows.split())
        await hand.press("y")
        ((address, _client), _named), *more = hand.asked("link")
        assert (address, more) == ("charles@engine.example", [])
        assert "charles@engine.example" in hand.rows
        await hand.press("u")
        assert "Undone" in hand.rows
        assert "charles@engine.example" not in hand.rows


@pytest.mark.parametrize(
    ("keys", "method"),
    [
        (("R", *" Ltd", "enter"), "rename_client"),
        (("D", *"byron.example", "enter"), "set_domain"),
        (("t", *", tax", "enter"), "tag_client"),
        (("j", "d"), "unlink"),
    ],
)
async def test_each_key_asks_the_desk(keys: tuple[str, ...], method: str) -> None:
    desk = await firm()
    async with at(desk, "g", "k", "j", "enter", *keys) as hand:
        assert len(hand.asked(method)) == 1
        assert "u takes it back" in hand.rows
        await hand.press("u")
        assert "Undone" in hand.rows


async def test_a_client_that_is_no_more_closes_its_profile() -> None:
    desk = await firm()
    async with at(desk, "g", "k", "j", "enter") as hand:
        desk.firm.links.clear()
        desk.firm.clients.clear()
        desk.announce("firm_changed")
        await settled(hand.app, hand.pilot)
        assert isinstance(hand.app.screen, ClientsScreen)


# ---------------------------------------------------------------- from the mail


async def test_from_a_mail_to_its_client_and_to_its_sender() -> None:
    async with at(await firm(), "C") as hand:
        assert isinstance(hand.app.screen, ClientScreen)
        await hand.press("q", "P")
        assert isinstance(hand.app.screen, ContactScreen)
        assert "Leo" in hand.rows or "Ada Byron" in hand.rows


async def test_a_mail_of_nobody_says_what_to_do() -> None:
    desk = await home()
    desk.deliver(ADA)
    async with at(desk, "g", "a", "C") as hand:
        assert "This is no client's" in hand.rows
        await hand.press("P")
        assert "No contact has this address" in hand.rows
