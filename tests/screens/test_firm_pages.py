"""A client's notes, documents and activity; a contact's switches; contacts from a file; the journal: each key."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from store.model.errors import NotAllowed
from store.model.firm import MemberRole, Right
from store.model.ids import MemberId
from store.model.views import JournalEntry
from tests.screens.run import opened, settled, shown
from tests.screens.screens import Hands
from tests.screens.test_clients import ADA, Hand, at, firm, home, new
from tests.support.fake_desk import FakeDesk
from tui.outside import Outside
from tui.screens.client import ClientScreen
from tui.screens.clients import ClientsScreen
from tui.screens.contact import ContactScreen
from tui.screens.import_people import ImportScreen
from tui.screens.journal import JournalScreen

BYRON = ("g", "k", "j", "enter")
DOCUMENTS, NOTES, ACTIVITY = ("tab", "tab"), ("h", "h"), ("h",)
CSV = (
    b"Name,E-mail,Client\nGrace Hopper,grace@hopper.example,Hopper\nAda Byron,ada@byron.example,Byron\n"
    b"Nobody,no-address,\n"
)


# ---------------------------------------------------------------- notes


async def test_a_note_is_written_worded_otherwise_and_taken_away() -> None:
    desk = await firm()
    async with at(desk, *BYRON, *NOTES) as hand:
        assert "Nothing is written down yet" in hand.rows
        await hand.press("plus", *"Calls on Fridays", "ctrl+s")
        ((_client, text), named), *_more = hand.asked("put_note")
        assert (text, named) == ("Calls on Fridays", {"note": None})
        assert "Calls on Fridays" in hand.rows
        assert "Olga Owner" in hand.rows
        await hand.press("enter", "end", *" only", "ctrl+s")
        assert [note.text for note in await desk.notes("Byron")] == ["Calls on Fridays only"]
        await hand.press("d")
        assert await desk.notes("Byron") == ()
        await hand.press("u")
        assert len(await desk.notes("Byron")) == 1


async def test_a_long_note_is_read_whole_and_its_headings_are_seen() -> None:
    desk = await firm()
    await desk.put_note(new("n"), "Byron", "# Who decides\n\n" + "She reads everything twice. " * 8)
    async with at(desk, *BYRON, *NOTES) as hand:
        assert "# Who decides" in hand.rows
        assert hand.rows.count("everything") == 8
        assert all(len(line) <= 80 for line in shown(hand.app))


# ---------------------------------------------------------------- documents


async def test_documents_are_renamed_moved_deleted_and_taken_back() -> None:
    desk = await firm()
    await desk.add_document(new("d"), "Byron", "Deed.pdf", _once(b"%PDF the deed"))
    async with at(desk, *BYRON, *DOCUMENTS) as hand:
        assert "Deed.pdf" in hand.rows
        assert "13 bytes" in hand.rows
        await hand.press("R", *["backspace"] * 8, *"Lease.pdf", "enter")
        assert "Lease.pdf" in hand.rows
        await hand.press("M", *"blum", "enter")
        assert "Moved to Blum" in hand.rows
        assert [one.name for one in await desk.documents("Blum")] == ["Lease.pdf"]
        await hand.press("u")
        assert [one.name for one in await desk.documents("Byron")] == ["Lease.pdf"]
        await hand.press("d")
        assert "Lease.pdf is deleted" in hand.rows
        assert await desk.documents("Byron") == ()
        await hand.press("u")
        assert [one.name for one in await desk.documents("Byron")] == ["Lease.pdf"]


async def test_a_file_is_added_and_saved_and_a_text_is_read_here(tmp_path: Path) -> None:
    desk, hands = await firm(), Hands(tmp_path)
    (tmp_path / "notes.txt").write_text("a planted line", encoding="utf-8")
    async with opened(desk, size=(80, 24), outside=hands.outside()) as (app, pilot):
        await settled(app, pilot)
        hand = Hand(app, pilot, desk)
        await hand.press(*BYRON, *DOCUMENTS, "plus", *"notes", "enter")
        assert "Added as notes.txt" in hand.rows
        await hand.press("enter")
        assert "a planted line" in hand.rows
        await hand.press("q", "S", *["backspace"] * 9, *"copy.txt", "enter")
        assert (tmp_path / "copy.txt").read_text(encoding="utf-8") == "a planted line"


async def test_another_document_is_opened_from_a_private_copy(tmp_path: Path) -> None:
    desk, hands = await firm(), Hands(tmp_path)
    await desk.add_document(new("d"), "Byron", "Deed.pdf", _once(b"%PDF the deed"))
    async with opened(desk, size=(80, 24), outside=hands.outside(opener=("open-it",))) as (app, pilot):
        await settled(app, pilot)
        hand = Hand(app, pilot, desk)
        await hand.press(*BYRON, *DOCUMENTS, "enter")
        ((words, _given),) = hands.ran
        copy = Path(words[1])
        assert words[0] == "open-it"
        assert copy.read_bytes() == b"%PDF the deed"
        assert copy.parent.stat().st_mode & 0o777 == 0o700


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


# ---------------------------------------------------------------- activity and the journal


def entry(seq: int, action: str, about: str, *, member: str | None = "m1") -> JournalEntry:
    who = None if member is None else MemberId(member)
    return JournalEntry(
        seq=seq, at=1_764_000_000 + seq, member=who, as_=None, action=action, object=about, prev="", hash="ab"
    )


async def journalled() -> FakeDesk:
    desk = await firm()
    byron = next(one.client for one in desk.firm.clients if one.name == "Byron")
    owner = desk.firm.owner.member
    desk.journal_entries = [
        entry(1, "add_client", f"client {byron}", member=owner),
        entry(2, "filed", "3:abcdef", member=None),
        entry(3, "refused", "add_client 2", member=owner),
    ]
    return desk


async def test_activity_says_who_did_what() -> None:
    desk = await journalled()
    async with at(desk, *BYRON, *ACTIVITY) as hand:
        assert "made the client" in hand.rows
        assert "Olga Owner" in hand.rows
        assert "filed mail that came" not in hand.rows


async def test_the_journal_is_read_as_sentences_newest_first() -> None:
    async with at(await journalled(), "g", "j") as hand:
        assert isinstance(hand.app.screen, JournalScreen)
        lines = [line for line in shown(hand.app) if "client" in line or "filed mail" in line]
        assert "was refused 2 times: add client" in lines[0]
        assert "the office" in lines[1]
        assert "filed mail that came: 3 emails" in lines[1]
        assert "Olga Owner" in lines[2]
        await hand.press("enter")
        assert "Entry 3" in hand.rows
        assert "add_client 2" in hand.rows


async def test_it_is_filtered_by_client_and_member() -> None:
    desk = await journalled()
    async with at(desk, "g", "j", "v", *"byron", "enter") as hand:
        assert hand.asked("journal")[-1][1]["client"] is not None
        assert "was refused" not in hand.rows
        await hand.press("v", *"everything", "enter", "a", *"olga", "enter")
        assert hand.asked("journal")[-1][1]["client"] is None
        assert hand.asked("journal")[-1][1]["member"] == desk.firm.owner.member
        assert "the office" not in hand.rows


async def test_more_of_it_is_fetched_when_one_goes_down() -> None:
    desk = await firm()
    desk.journal_entries = [entry(n, "done", "thread t1") for n in range(1, 501)]
    async with at(desk, "g", "j", "G") as hand:
        await hand.press("G", "G", "1", "0", "0", "j")
        assert "500/500" in hand.rows


@pytest.mark.parametrize(("broken", "words"), [(None, "The journal is whole"), (2, "broken at entry 2")])
async def test_it_is_verified(broken: int | None, words: str) -> None:
    desk = await journalled()
    desk.broken_entry = broken
    async with at(desk, "g", "j", "V") as hand:
        assert words in hand.rows


# ---------------------------------------------------------------- a contact


async def test_a_switch_says_before_what_it_files_and_is_taken_back() -> None:
    desk = await firm()
    await desk.add_address(new("a"), (await desk.contact("ada@byron.example")).contact, "ada@home.example")
    desk.deliver(ADA.replace(b"ada@byron.example", b"ada@home.example").replace(b"<1@x>", b"<5@x>"))
    async with at(desk, *BYRON, "j", "enter") as hand:
        assert isinstance(hand.app.screen, ContactScreen)
        assert "ada@home.example" in hand.rows
        await hand.press("G")
        assert "1 past email is filed by it" in hand.rows
        await hand.press("s")
        assert hand.asked("set_email_sync")[-1][1]["on"] is True
        assert "Email sync is on" in hand.rows
        await hand.press("u")
        assert "Undone" in hand.rows


@pytest.mark.parametrize(
    ("keys", "method"),
    [
        (("G", "n"), "set_notify"),
        (("plus", *"ada@work.example", "enter"), "add_address"),
        (("R", *" King", "enter"), "rename_contact"),
        (("v", *"blum", "enter", "y"), "link"),
        (("G", "d"), "unlink"),
        (("J", *"leo", "enter"), "merge_contacts"),
    ],
)
async def test_each_key_of_a_contact_asks_the_desk(keys: tuple[str, ...], method: str) -> None:
    desk = await firm()
    async with at(desk, *BYRON, "j", "enter", *keys) as hand:
        assert len(hand.asked(method)) == 1, hand.rows
        assert "u takes it back" in " ".join(hand.rows.split())


async def test_a_contact_is_opened_from_the_clients_by_a_part_of_their_address() -> None:
    async with at(await firm(), "g", "k", "P", *"leo@", "enter") as hand:
        assert isinstance(hand.app.screen, ContactScreen)
        assert "leo@blum.example" in hand.rows


async def test_of_very_many_contacts_a_part_is_asked_for_first() -> None:
    desk = await firm()
    for number in range(1_100):
        desk.firm.add_contact(f"Person {number:04}", (f"p{number}@many.example",))
    async with at(desk, "g", "k", "P", *"p777@", "enter") as hand:
        assert len(hand.asked("contact_page")[-1][1]["text"]) == len("p777@")  # type: ignore[arg-type]
        await hand.press("enter")
        assert isinstance(hand.app.screen, ContactScreen)
        assert "Person 0777" in hand.rows


async def test_who_may_not_manage_clients_is_offered_no_key_for_it() -> None:
    desk = await firm()
    desk.firm.owner = replace(desk.firm.owner, role=MemberRole.EMPLOYEE, rights=(Right.VIEW_ALL_CLIENTS,))
    async with at(desk, "g", "k") as hand:
        assert "+ new" not in shown(hand.app)[-1]
        await hand.press("j", "enter")
        assert "rename" not in shown(hand.app)[-1]
        await hand.press("j", "enter")
        assert "email sync" not in shown(hand.app)[-1]


async def test_the_journal_says_who_may_read_it() -> None:
    desk = await firm()
    desk.fail("journal", NotAllowed("not_allowed", right="see_journal"))
    async with at(desk, "g", "j") as hand:
        assert "The journal is read by owner and admins." in hand.rows


async def test_from_a_contact_to_a_client() -> None:
    async with at(await firm(), *BYRON, "j", "enter", "G", "enter") as hand:
        assert isinstance(hand.app.screen, ClientScreen)


# ---------------------------------------------------------------- contacts from a file


async def test_a_file_is_looked_through_first_and_brought_in_at_once(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(CSV)
    desk = await firm()
    async with opened(desk, size=(120, 40), outside=Outside(folder=tmp_path)) as (app, pilot):
        await settled(app, pilot)
        hand = Hand(app, pilot, desk)
        await hand.press("g", "k", "I", *"people", "enter")
        assert isinstance(app.screen, ImportScreen)
        for words in ("E-mail", "address", "Grace Hopper", "new", "known already", "refused", "no-address"):
            assert words in hand.rows, words
        assert not hand.asked("import_people")
        await hand.press("plus")
        assert isinstance(app.screen, ClientsScreen)
        assert "1 new" in hand.rows
        assert "Hopper" in hand.rows
        await hand.press("u")
        assert "Hopper" not in [client.name for client in await desk.clients()]


async def test_a_column_is_taken_for_something_else(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(CSV.replace(b"Client", b"Remark"))
    desk = await home()
    async with opened(desk, size=(120, 40), outside=Outside(folder=tmp_path)) as (app, pilot):
        await settled(app, pilot)
        hand = Hand(app, pilot, desk)
        await hand.press("g", "k", "I", *"people", "enter")
        assert "0 new clients" in hand.rows
        await hand.press("j", "j", "enter", *"client", "enter")
        assert "2 new clients" in hand.rows


async def test_what_is_no_such_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "people.bin").write_bytes(bytes(range(256)) * 50)
    desk = await home()
    async with opened(desk, size=(80, 24), outside=Outside(folder=tmp_path)) as (app, pilot):
        await settled(app, pilot)
        hand = Hand(app, pilot, desk)
        await hand.press("g", "k", "I", *"people", "enter", "plus")
        assert isinstance(app.screen, ImportScreen)
        assert not hand.asked("import_people")
