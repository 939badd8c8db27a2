"""The form that syncs one's mail finds the servers: what it fills, what it says, and what it asks for twice."""

from typing import Any

import pytest

from actors.desk.api import NewMailbox
from store.model.found import Found, FoundBy, FoundServer
from tests.screens.desk import ShownDesk
from tests.screens.run import settled, shown
from tests.screens.test_first_run import Here, here
from tests.support.fake_desk import FakeDesk
from tui.screens.sync_form import SyncForm
from tui.widgets.ask import Line

ANA = "ana@firm.example"


def stands(host: str, port: int, tls: str = "ssl", *, login: str = ANA) -> FoundServer:
    return FoundServer(host=host, port=port, tls=tls, login=login)


def found(source: FoundBy, **more: Any) -> Found:  # noqa: ANN401 - fields of Found
    fields: dict[str, Any] = {
        "imap": stands("mail.host.example", 993),
        "smtp": stands("out.host.example", 587, "starttls"),
        "trusted": source in (FoundBy.TABLE, FoundBy.AUTOCONFIG),
    }
    return Found(source=source, **{**fields, **more})


def desk_with(*answers: Found) -> FakeDesk:
    desk = FakeDesk()
    desk.found[ANA] = answers
    return desk


def values(at: Here, *names: str) -> list[str]:
    return [at.app.screen.query_one(f"#form-{name}", Line).value for name in names]


def said(at: Here) -> str:
    return " ".join("\n".join(shown(at.app)).split())


def added(at: Here) -> list[NewMailbox]:
    return [given[0] for given, _named in at.called("add_mailbox")]  # type: ignore[misc]  # what the form gives


async def form(at: Here) -> None:
    await at.push(SyncForm(at.app.link, at.around))


@pytest.mark.parametrize("leave", ["enter", "tab"])
async def test_whoever_leaves_the_address_gets_its_servers_and_who_says_so(leave: str) -> None:
    async with here(desk_with(found(FoundBy.AUTOCONFIG), found(FoundBy.GUESS))) as at:
        await form(at)
        await at.press(*ANA)
        assert values(at, "imap", "smtp") == ["imap.firm.example", "smtp.firm.example"]
        assert at.called("find_servers") == []
        await at.press(leave)
        assert values(at, "imap", "smtp", "login") == ["mail.host.example", "out.host.example:587", ""]
        assert "Named by the domain's own page for mail programs." in said(at)
        assert "IMAP TLS (993), SMTP STARTTLS (587)" in said(at)
        await at.press(*"secret", "enter")
        (wanted,) = added(at)
        assert wanted.smtp is not None
        assert (wanted.imap.host, wanted.smtp.host, wanted.smtp.tls) == (
            "mail.host.example",
            "out.host.example",
            "starttls",
        )
        assert len(at.called("find_servers")) == 1


async def test_a_provider_s_two_logins_and_needs() -> None:
    async with here() as at:
        await form(at)
        await at.press(*"ana.ruiz@icloud.com", "enter")
        assert values(at, "imap", "login") == ["imap.mail.me.com", "ana.ruiz"]
        assert "takes an app password only" in said(at)
        await at.press(*"secret", "enter")
        (wanted,) = added(at)
        assert wanted.smtp is not None
        assert (wanted.login, wanted.imap.login, wanted.smtp.login) == ("ana.ruiz", None, "ana.ruiz@icloud.com")


async def test_who_takes_app_passwords_and_sign_ins_is_said_to_take_both() -> None:
    async with here() as at:
        await form(at)
        await at.press(*"ana@gmail.com", "enter")
        assert "or one signs in on its page" in said(at)
        assert "app password only" not in said(at)


async def test_a_port_means_what_was_found_not_what_it_usually_means() -> None:
    odd = found(FoundBy.AUTOCONFIG, smtp=stands("out.host.example", 587), authserv_id="mx.host.example")
    async with here(desk_with(odd)) as at:
        await form(at)
        await at.press(*ANA, "enter", *"secret")
        assert "SMTP TLS (587)" in said(at)
        await at.press("enter")
        (wanted,) = added(at)
        assert wanted.smtp is not None
        assert (wanted.smtp.port, wanted.smtp.tls, wanted.authserv_id) == (587, "ssl", "mx.host.example")


@pytest.mark.parametrize("source", [FoundBy.SRV, FoundBy.MX, FoundBy.GUESS])
async def test_hosts_that_only_dns_or_a_guess_names_are_shown_before_a_password_goes_there(source: FoundBy) -> None:
    async with here(desk_with(found(source))) as at:
        await form(at)
        await at.press(*ANA, "enter", *"secret", "enter")
        assert added(at) == []
        assert "no password was sent: mail.host.example, out.host.example." in said(at)
        assert at.app.focused is not None
        assert at.app.focused.id == "form-imap"
        await at.press("enter")
        assert [wanted.imap.host for wanted in added(at)] == ["mail.host.example"]


async def test_names_that_nobody_knows_are_a_guess_that_is_asked_for() -> None:
    async with here() as at:
        await form(at)
        await at.press(*"ana@nobody.example", "enter")
        assert "these names are a guess" in said(at)
        await at.press(*"secret", "enter")
        assert added(at) == []
        await at.press("ctrl+s")
        assert [wanted.imap.host for wanted in added(at)] == ["imap.nobody.example"]


async def test_what_a_person_wrote_is_theirs_and_asked_for_by_nobody() -> None:
    desk = desk_with(found(FoundBy.SRV))
    held = desk.hold("find_servers")
    async with here(desk) as at:
        await form(at)
        await at.pilot.press(*ANA, "enter", *"secret", "tab", "ctrl+u", *"own.example.org", "tab", "ctrl+u")
        held.set()
        await at.settled()
        assert values(at, "imap", "smtp") == ["own.example.org", ""]
        await at.press("enter")
        (wanted,) = added(at)
        assert (wanted.imap.host, wanted.smtp) == ("own.example.org", None)


async def test_who_is_quick_waits_for_what_is_found() -> None:
    desk = desk_with(found(FoundBy.AUTOCONFIG))
    held = desk.hold("find_servers")
    async with here(desk) as at:
        await form(at)
        await at.pilot.press(*ANA, "enter", *"secret", "enter")
        await at.pilot.pause()
        assert added(at) == []
        held.set()
        await at.settled()
        assert [wanted.imap.host for wanted in added(at)] == ["mail.host.example"]


async def test_an_answer_for_another_address_changes_nothing() -> None:
    desk = ShownDesk()
    desk.found[ANA] = (found(FoundBy.AUTOCONFIG),)
    held = desk.hold("find_servers")
    async with here(desk) as at:
        await form(at)
        await at.pilot.press(*ANA, "enter")
        await desk.reached("find_servers")
        await at.pilot.press("shift+tab", "s")
        held.set()
        await settled(at.app, at.pilot)
        assert values(at, "address", "imap") == [f"{ANA}s", "imap.firm.examples"]


async def test_a_provider_without_imap_says_so() -> None:
    async with here() as at:
        await form(at)
        await at.press(*"ana@proton.me", "enter")
        assert "Proton offers no IMAP." in said(at)
