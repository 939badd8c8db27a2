"""Which actors an office has for its mailboxes, as they are set up, changed, stopped and set up again."""

import uuid

from actors.desk.api import NewMailbox
from actors.switchboard import mailbox_name, sender_name
from store.model.ids import RequestId
from store.model.mailbox import ServerSettings
from tests.support.rig import Rig, rig
from tests.support.scripted import ScriptedMailbox

ANA = "ana@firm.example"
IMAP = ServerSettings(host="imap.firm.example", port=993, tls="ssl")
SMTP = ServerSettings(host="smtp.firm.example", port=465, tls="ssl")


def fresh() -> RequestId:
    return RequestId(uuid.uuid4().hex)


def wanted(smtp: ServerSettings | None) -> NewMailbox:
    return NewMailbox(address=ANA, login=ANA, password="secret", imap=IMAP, smtp=smtp)


async def add(office: Rig, smtp: ServerSettings | None = SMTP) -> None:
    office.doors.servers.setdefault(ANA, ScriptedMailbox())
    await (await office.desk()).add_mailbox(fresh(), wanted(smtp))


def here(office: Rig) -> set[str]:
    return {name for name in office.switchboard.names() if name.startswith(("mailbox-", "sender-"))}


async def test_who_only_receives_has_no_sender() -> None:
    async with rig() as office:
        await add(office, smtp=None)
        assert here(office) == {mailbox_name(1)}


async def test_a_sender_goes_when_nothing_is_sent_any_more() -> None:
    async with rig() as office:
        await add(office)
        assert here(office) == {mailbox_name(1), sender_name(1)}
        await (await office.desk()).set_mailbox(fresh(), ANA, no_send=True)
        assert here(office) == {mailbox_name(1)}


async def test_what_was_stopped_is_set_up_again_with_actors_of_its_own() -> None:
    async with rig() as office:
        await add(office)
        desk = await office.desk()
        await desk.stop_mailbox(fresh(), ANA)
        assert here(office) == set()
        assert office.doors.secrets == set()
        await add(office)
        assert here(office) == {mailbox_name(2), sender_name(2)}
        await desk.reset_mailbox(fresh(), ANA)
        assert here(office) == {mailbox_name(2), sender_name(2)}
