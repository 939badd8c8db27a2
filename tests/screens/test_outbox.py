"""Drafts and mail on its way: its keys do what the line of keys says; and no key of the table leads nowhere."""

import pytest

from store.model.ids import NoticeId
from store.model.outbox import OutboxState
from store.model.views import NoticeKind, NoticeRow
from tests.screens.run import shown
from tests.screens.test_compose import sheets
from tui import keys
from tui.app import PostroomApp
from tui.keys import Place
from tui.screens.asking import AskText, Confirm
from tui.screens.chooser import Chooser
from tui.screens.client import ClientScreen
from tui.screens.clients import ClientsScreen
from tui.screens.compose import ComposeScreen, Sheet
from tui.screens.contact import ContactScreen
from tui.screens.dialog import Dialog
from tui.screens.find_clients import FindClientsScreen
from tui.screens.import_people import ImportScreen
from tui.screens.journal import JournalScreen
from tui.screens.mail import MailScreen
from tui.screens.mailboxes import MailboxesScreen
from tui.screens.members import MembersScreen
from tui.screens.notices import NoticesScreen
from tui.screens.outbox import OutboxScreen
from tui.screens.pick_file import PickFile
from tui.screens.providers import ProvidersScreen, RegisterScreen
from tui.screens.rights import RightsScreen
from tui.screens.rules import RulesScreen
from tui.screens.shared_folders import SharedFoldersScreen
from tui.screens.signature import SignatureScreen
from tui.screens.sync_form import SyncForm
from tui.screens.welcome import WelcomeScreen

SCREENS: dict[Place, tuple[type[object], ...]] = {
    Place.FOLDERS: (MailScreen,),
    Place.THREADS: (MailScreen,),
    Place.READING: (MailScreen,),
    Place.SEARCH: (MailScreen,),
    Place.DIALOG: (Dialog,),
    Place.CHOOSER: (Chooser, PickFile),
    Place.FORM: (AskText,),
    Place.SYNC_FORM: (SyncForm,),
    Place.CONFIRM: (Confirm,),
    Place.WRITING: (ComposeScreen,),
    Place.OUTBOX: (OutboxScreen,),
    Place.NOTICES: (NoticesScreen,),
    Place.CLIENTS: (FindClientsScreen,),
    Place.CLIENT_LIST: (ClientsScreen,),
    Place.CLIENT: (ClientScreen,),
    Place.CONTACT: (ContactScreen,),
    Place.IMPORT: (ImportScreen,),
    Place.RIGHTS: (RightsScreen,),
    Place.JOURNAL: (JournalScreen,),
    Place.RULES: (RulesScreen,),
    Place.MAILBOXES: (MailboxesScreen,),
    Place.MEMBERS: (MembersScreen,),
    Place.SIGNATURE: (SignatureScreen,),
    Place.SHARED_FOLDERS: (SharedFoldersScreen,),
    Place.PROVIDERS: (ProvidersScreen,),
    Place.REGISTERING: (RegisterScreen,),
    Place.WELCOME: (WelcomeScreen,),
}


@pytest.mark.parametrize("place", Place)
def test_every_key_has_something_that_it_does(place: Place) -> None:
    """Pages hand what goes to another place to the mail below."""
    actions = [key.action for key in keys.TABLE if key.bound and key.keys and place in key.places]
    if place in keys.PAGES:
        actions = [action for action in actions if not action.startswith("go_")]
    missing = [
        (screen.__name__, action)
        for screen in SCREENS[place]
        for action in actions
        if not hasattr(screen, f"action_{action}") and not hasattr(PostroomApp, f"action_{action}")
    ]
    assert missing == []


async def test_a_draft_is_thrown_away_when_a_person_is_sure() -> None:
    async with sheets() as here:
        await here.write(Sheet(to="marta@ruiz.example"))
        await here.press("H", "i", "escape")
        (name,) = here.desk.out
        page = OutboxScreen(here.app.link, here.app._around, drafts=True)  # noqa: SLF001 - what the app was given
        await here.app.push_screen(page)
        await here.settled()
        await here.press("d", "n")
        assert not here.called("discard")
        await here.press("d", "y")
        assert [given[0] for given, _named in here.called("discard")] == [name]
        assert any("Thrown away." in row for row in shown(here.app))


async def test_mail_that_waits_is_not_thrown_away() -> None:
    async with sheets() as here:
        await here.write(Sheet(to="marta@ruiz.example"))
        await here.press("H", "i", "ctrl+s")
        (out,) = here.desk.out.values()
        page = OutboxScreen(here.app.link, here.app._around, drafts=False)  # noqa: SLF001 - what the app was given
        await here.app.push_screen(page)
        await here.settled()
        await here.press("d")
        assert any("can be thrown away" in row for row in shown(here.app))
        assert out.state is OutboxState.HELD


async def test_the_last_act_is_taken_back_in_the_inbox_plus_too() -> None:
    async with sheets() as here:
        await here.press("e")
        await here.app.push_screen(NoticesScreen(here.app.link, here.app._around))  # noqa: SLF001 - as above
        await here.settled()
        await here.press("u")
        assert here.called("undo")
        assert any("Undone: done." in row for row in shown(here.app))


async def test_undo_after_a_notice_takes_back_nothing_else() -> None:
    async with sheets() as here:
        here.desk.told.append(NoticeRow(notice=NoticeId("n1"), kind=NoticeKind.CLIENT_WROTE, at=0))
        await here.press("e")
        await here.app.push_screen(NoticesScreen(here.app.link, here.app._around))  # noqa: SLF001 - as above
        await here.settled()
        await here.press("e", "u")
        assert here.called("archive_notice")
        assert not here.called("undo")
        assert any("There is nothing to undo." in row for row in shown(here.app))
