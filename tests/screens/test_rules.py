"""The page of one's own rules for filing: order, making one after a dry run, taking one away, undo; from a mail."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from actors.desk.api import Desk
from store.model.filing_rules import Conditions, RuleTrial
from store.model.ids import EmailId
from store.model.views import ThreadQuery, View
from tests.screens.run import shown
from tests.screens.test_clients import NARROW, WIDE, at, firm, new
from tests.support.fake_desk import FakeDesk
from tui.rule_words import given, list_in, suggested_name
from tui.screens.asking import AskText, Confirm
from tui.screens.chooser import Chooser
from tui.screens.rule_form import like
from tui.screens.rules import RulesScreen

RULES = ("g", "r")
ALL = ("enter",)  # that is all: choose the client


async def ruled() -> FakeDesk:
    desk = await firm()
    said = Conditions(domains=("engines.example",), subject=("invoice", "vat"))
    await desk.add_rule(new("r1"), "Invoices", "Byron", said)
    await desk.add_rule(new("r2"), "Walks", "Blum", Conditions(lists=("walks.example",)))
    desk.undos.clear()
    desk.calls.clear()
    return desk


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_rules_stand_in_their_order_with_client_hits_and_what_they_look_at(size: tuple[int, int]) -> None:
    async with at(await ruled(), *RULES, size=size) as hand:
        assert isinstance(hand.app.screen, RulesScreen)
        first = hand.line_with("Invoices")
        assert first.split()[0] == "1"
        assert "Byron" in first
        assert "0 emails" in first
        assert "domain engines.example; subject invoice, vat" in hand.rows
        assert hand.line_with("Walks").split()[0] == "2"
        assert all(len(line) <= size[0] for line in shown(hand.app))


async def test_when_the_last_of_its_mail_came_stands_behind_its_hits() -> None:
    desk = await ruled()
    desk.own_rules = [replace(rule, hits=3, last=1_732_000_000) for rule in desk.own_rules]
    async with at(desk, *RULES) as hand:
        line = hand.line_with("Invoices")
        assert "3 emails" in line
        assert "2024" in line
        await hand.press("enter")
        assert "The last came" in hand.rows


async def test_a_rule_is_read_whole() -> None:
    async with at(await ruled(), *RULES, "enter") as hand:
        assert "Files with Byron" in hand.rows
        assert "subject invoice, vat" in hand.rows


async def test_a_rule_is_made_after_its_dry_run_was_seen() -> None:
    desk = await ruled()
    row = (await desk.thread((await desk.threads(ThreadQuery(view=View.ALL))).rows[0].thread))[0]
    desk.trial = RuleTrial(meets=3, files=2, examples=(row,), looked_at=500, cut=True)
    desk.calls.clear()
    async with at(desk, *RULES, "plus", *"domain", "enter", *"walks.example", "enter", *ALL) as hand:
        await hand.press(*"blum", "enter")
        assert isinstance(hand.app.screen, AskText)
        await hand.press("enter")
        assert isinstance(hand.app.screen, Confirm)
        assert not hand.asked("add_rule")
        for words in ("2 past emails would be filed.", "1 more is filed already.", "newest 500", "The "):
            assert words in hand.rows
        await hand.press("y")
        ((name, client, said), _place), *_more = [(given_[0:3], named) for given_, named in hand.asked("add_rule")]
        assert (name, said) == ("domain walks.example", Conditions(domains=("walks.example",)))
        assert client == next(one.client for one in desk.firm.clients if one.name == "Blum")
        assert "is filed by it" in hand.rows or "are filed by it" in hand.rows
        assert hand.line_with("domain walks.example").split()[0] == "3"


async def test_no_leads_back_to_what_was_said_and_nothing_is_made() -> None:
    async with at(await ruled(), *RULES, "plus", *"from", "enter", *"leo@blum.example", "enter", *ALL) as hand:
        await hand.press(*"blum", "enter", "enter", "n")
        assert isinstance(hand.app.screen, Chooser)
        assert "leo@blum.example" in hand.rows
        await hand.press("escape")
        assert not hand.asked("add_rule")


async def test_what_cannot_be_is_asked_again() -> None:
    async with at(await ruled(), *RULES, "plus", *"from", "enter", *"no address", "enter") as hand:
        assert "that cannot be" in hand.rows
        assert "no address" in hand.rows
        await hand.press(*["backspace"] * 10, *"leo@blum.example", "enter", *ALL, *"blum", "enter")
        await hand.press("ctrl+a", "ctrl+k", *"walks", "enter")
        assert "There is one called" in hand.rows
        assert not hand.asked("try_rule")


async def test_a_rule_is_taken_away_and_brought_back() -> None:
    desk = await ruled()
    async with at(desk, *RULES, "d") as hand:
        assert [rule.name for rule in await desk.rules()] == ["Walks"]
        assert "The rule is gone" in hand.rows
        await hand.press("u")
        assert [rule.name for rule in await desk.rules()] == ["Invoices", "Walks"]
        assert "Invoices" in hand.rows


async def test_without_rules_it_says_how_one_is_made() -> None:
    async with at(await firm(), *RULES) as hand:
        assert "No rules yet. + makes one" in hand.rows
        await hand.press("d", "enter", "u")
        assert isinstance(hand.app.screen, RulesScreen)
        assert not hand.asked("remove_rule")


async def test_from_a_mail_the_sender_stands_there_already() -> None:
    async with at(await firm(), "colon", *"make a rule", "enter") as hand:
        assert isinstance(hand.app.screen, Chooser)
        assert "that is all: choose the client" in hand.rows
        assert "leo@blum.example" in hand.rows or "ada@byron.example" in hand.rows


class Heads:
    """A desk that knows one mail's bytes, and how many pieces of them were read."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces, self.read = pieces, 0

    async def raw(self, _email: EmailId) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.read += 1
            yield piece


async def test_of_a_mailing_list_the_list_is_taken_from_the_header_alone() -> None:
    heads = Heads(b"From: a@b.example\r\nList-Id: Walks\r\n <walks.blum.exa", b"mple>\r\n\r\nText", b"more")
    desk: Desk = heads  # type: ignore[assignment]  # only this much of one is asked
    assert await like(desk, EmailId("e")) == Conditions(lists=("walks.blum.example",))
    assert heads.read == 2


def test_a_list_is_named_by_a_header_and_nothing_else() -> None:
    assert list_in(b"Subject: x\nlist-ID: <a.example>\nTo: b") == "a.example"
    assert list_in(b"Subject: List-Id: <a.example>") == ""
    assert list_in(b"List-Id: \x1b[31m<a\x07.example>") == ""


def test_what_is_typed_replaces_its_sort_alone() -> None:
    said = Conditions(senders=("a@b.example",), subject=("x",))
    assert given(said, "senders", " C@D.example , e@f.example") == Conditions(
        senders=("c@d.example", "e@f.example"), subject=("x",)
    )
    assert given(said, "subject", " , ") == Conditions(senders=("a@b.example",))
    assert given(said, "recipients", "nobody") is None


def test_a_suggested_name_is_free() -> None:
    said = Conditions(senders=("a@b.example",))
    assert suggested_name(said, set()) == "from a@b.example"
    assert suggested_name(said, {"from a@b.example", "from a@b.example 2"}) == "from a@b.example 3"
