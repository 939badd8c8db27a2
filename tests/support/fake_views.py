"""Which mail of the fake desk puts its thread into a view, and its attachments."""

from collections.abc import AsyncIterator
from typing import Final

from store.mime.block import read_block
from store.mime.headers import MIME_WANTED
from store.mime.parts import attachment
from store.model.errors import Away, NotFound
from store.model.ids import EmailId
from store.model.thread import ThreadState
from store.model.views import View
from tests.support.fake_calls import FakePart
from tests.support.fake_mail import OWN_DOMAIN, FakeFirm, FakeMail

VIEWS: Final = (
    View.INBOX, View.WAITING, View.CC, View.ASSIGNED, View.UNFILED, View.AMBIGUOUS, View.SNOOZED, View.DONE, View.SENT,
    View.DELETED, View.ALL,
)  # fmt: skip
_STATES: Final = {
    View.INBOX: ThreadState.TO_ANSWER, View.CC: ThreadState.TO_ANSWER, View.WAITING: ThreadState.WAITING,
}  # fmt: skip
CHUNK: Final = 64 << 10


def in_view(firm: FakeFirm, mail: FakeMail, view: View) -> bool:
    """Whether the view shows a thread for this mail."""
    filings = firm.filings(mail)
    left = mail.folder in ("Trash", "Junk")
    if view is View.DELETED or (left and not filings):
        return left and view is View.DELETED
    state, snoozed = firm.state(mail.thread), firm.snoozed_until(mail.thread) is not None
    match view:
        case View.INBOX | View.CC | View.WAITING:
            in_copy = state is ThreadState.TO_ANSWER and _in_copy(firm, mail)
            return state is _STATES[view] and not snoozed and in_copy is (view is View.CC)
        case View.UNFILED:
            return not filings
        case View.AMBIGUOUS:
            return any(filing.ambiguous for filing in filings)
        case View.DONE:
            return state is ThreadState.DONE
        case View.SNOOZED:
            return snoozed
        case View.ASSIGNED:
            return firm.assigned.get(mail.thread) == firm.owner.name and state is not ThreadState.DONE
        case View.SENT:
            return mail.from_member
        case View.ALL:
            return True


def _in_copy(firm: FakeFirm, mail: FakeMail) -> bool:
    """Of its thread's newest mail: the mailbox's address only in Cc, and a colleague's in To ([T2c])."""
    newest = firm.of_thread(mail.thread)[-1]
    to = {person.address for person in newest.people("To")}
    cc = {person.address for person in newest.people("Cc")}
    colleague = any(address.endswith("@" + OWN_DOMAIN) for address in to)
    return newest.mailbox in cc and newest.mailbox not in to and colleague


class FakeViews(FakePart):
    """What is read of one attachment."""

    async def part(self, email: EmailId, n: int, *, version: int = 0) -> AsyncIterator[bytes]:
        await self.called("part", (email, n), {"version": version})
        mail = self.mail(email)
        if not mail.whole:
            raise Away("body_unavailable")
        data = attachment(mail.raw, read_block(mail.raw, wanted=MIME_WANTED), n)
        if data is None or version > 1:
            raise NotFound
        for start in range(0, max(len(data), 1), CHUNK):
            yield data[start : start + CHUNK]
