"""What the reading pane holds: a thread, one of its emails, why it is filed so. Looked at in passing, or opened.

Opening marks as read and fetches a body that is not here; looking in passing does neither.
"""

import asyncio
from collections.abc import Callable

from actors.desk.api import Desk
from store.model.errors import NotFound
from store.model.ids import EmailId, ThreadId
from store.model.views import Comment, EmailRow, EmailView, Why
from tui.widgets.letter import Letter


class Reading:
    """See the module. `show` is called with what is to be seen (None: nothing), and whether it is the same email."""

    def __init__(self, *, desk: Callable[[], Desk], show: Callable[[Letter | None, bool], None]) -> None:
        self._desk, self._show = desk, show
        self.thread: ThreadId | None = None
        self.emails: tuple[EmailRow, ...] = ()
        self.at = 0
        self.letter: Letter | None = None
        self._fetching: EmailId | None = None
        self._comments: tuple[Comment, ...] = ()

    @property
    def email(self) -> EmailRow | None:
        """The email that is shown."""
        return self.emails[self.at] if self.at < len(self.emails) else None

    async def look(self, thread: ThreadId) -> None:
        """Show a thread's first unread email, else its newest."""
        if thread != self.thread or self.letter is None:
            await self.open(thread)

    async def open(self, thread: ThreadId, email: EmailId | None = None) -> None:
        """Show one email of a thread, else its first unread one; without any the one that is shown, or its newest."""
        was = self.email.email if self.email is not None and self.letter is not None else None
        emails = await self._desk().thread(thread)
        self.thread, self.emails = thread, emails
        ids = [one.email for one in emails]
        unread = [one.email for one in emails if not one.read]
        wanted = next((one for one in (email, *unread[:1], was) if one in ids), None)
        self.at = max(len(ids) - 1, 0) if wanted is None else ids.index(wanted)
        await self._load(same=wanted is not None and wanted == was)

    async def step(self, by: int) -> bool:
        """The next or previous email of the thread; False at its end."""
        to = min(max(self.at + by, 0), len(self.emails) - 1)
        if to == self.at or not self.emails:
            return False
        self.at = to
        await self._load(same=False)
        return True

    async def again(self) -> None:
        """The thread as it is now, still at the email that is read."""
        thread, was = self.thread, self.email
        if thread is None:
            return
        try:
            emails = await self._desk().thread(thread)
        except NotFound:
            emails = ()
        if self.thread != thread:  # another was opened meanwhile: it must not get this one's emails
            return
        if not emails:
            self.forget()
            return
        self.emails = emails
        same = (number for number, email in enumerate(emails) if was is not None and email.email == was.email)
        self.at = next(same, max(len(emails) - 1, 0))
        await self._load(same=was is not None and self.email is not None and self.email.email == was.email)

    async def fetch(self, *, timeout: float) -> None:
        """Bring the body that is not here; the error stays the caller's."""
        email = self.email
        if email is None or self.letter is None or self.letter.view.whole:
            return
        self._fetching = email.email
        self._tell(self.letter.view, self.letter.why, same=True)
        view = None
        try:
            view = await self._desk().fetch_body(email.email, timeout=timeout)
        finally:
            self._fetching = None
            if self._still(email.email):
                self._tell(self.letter.view if view is None else view, self.letter.why, same=True)

    def forget(self) -> None:
        """Show nothing."""
        self.thread, self.emails, self.at, self.letter = None, (), 0, None
        self._show(None, False)

    def _still(self, email: EmailId) -> bool:
        return self.email is not None and self.email.email == email

    async def _load(self, *, same: bool) -> None:
        email = self.email
        if email is None:
            self.forget()
            return
        desk = self._desk()
        view, why, comments = await asyncio.gather(
            desk.email(email.email), desk.why(email.email), desk.comments(email.thread)
        )
        if self._still(email.email):
            self._comments = comments
            self._tell(view, why, same=same)

    def _tell(self, view: EmailView, why: Why | None, *, same: bool) -> None:
        self.letter = Letter(
            view=view,
            why=why,
            place=self.at + 1,
            emails=self.emails,
            comments=self._comments,
            fetching=view.email == self._fetching,
        )
        self._show(self.letter, same)
