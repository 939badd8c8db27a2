"""What is decided on threads, a key each: done, archive, delete, move, spam, snooze, assign, file, comment, marks.

Where something has to be chosen first, the chooser stands over the list and what was meant stays what was meant.
"""

from collections.abc import Awaitable, Sequence
from functools import partial

from actors.desk.api import Desk
from store.model.errors import NotFound
from store.model.ids import ClientId, EmailId, RequestId, ThreadId
from store.model.views import ClientMade
from tui import times
from tui.absence import away_note
from tui.i18n import _, ngettext
from tui.keys import Place
from tui.link import new_request
from tui.plain import short
from tui.screens.acting import PIECE, Act, Acting, each
from tui.screens.chooser import Chooser, Option
from tui.screens.targets import Chosen, Target
from tui.when import full
from tui.words import reason_words

NOBODY = ""
NOWHERE = ""
JUNK = "junk"  # the use of a server's spam folder


class Deciding(Acting):
    """See the module."""

    # ------------------------------------------------------------ at once
    def action_done(self) -> None:
        self.act(Act(word="done", perform=each(lambda desk, request, one: desk.done(request, one.thread))))

    def action_reopen(self) -> None:
        self.act(Act(word="reopen", perform=each(lambda desk, request, one: desk.reopen(request, one.thread))))

    def action_archive(self) -> None:
        self.act(Act(word="archive", piece=PIECE, perform=lambda d, r, some: d.archive(r, (), threads=_threads(some))))

    def action_delete(self) -> None:
        self.act(Act(word="delete", piece=PIECE, perform=lambda d, r, some: d.delete(r, (), threads=_threads(some))))

    def action_spam(self) -> None:
        """Spam, or what is in the spam folder out of it."""
        chosen = self.some()
        if chosen is not None and chosen.targets:
            self._ask(self._spam, chosen, group="spam")

    async def _spam(self, chosen: Chosen) -> None:
        if await self._in_spam(chosen.targets[0]):
            self.act(
                Act(word="unspam", piece=PIECE, perform=lambda d, r, some: d.unspam(r, (), threads=_threads(some))),
                again=self.action_spam,
                chosen=chosen,
            )
        else:
            self.act(
                Act(word="spam", piece=PIECE, perform=lambda d, r, some: d.spam(r, (), threads=_threads(some))),
                again=self.action_spam,
                chosen=chosen,
            )

    async def _in_spam(self, target: Target) -> bool:
        emails = await self._link.desk.thread(target.thread)
        seen = [place for email in emails for place in email.sightings if not place.gone]
        if not seen:
            return False
        junk = {(f.mailbox, f.name) for f in await self._link.desk.mail_folders() if f.special_use == JUNK}
        return all((place.mailbox, place.folder) in junk for place in seen)

    # ------------------------------------------------------------ read and starred
    def action_read(self) -> None:
        """Read if any is unread, else unread: then its newest email."""
        if self.place is Place.READING and self._reading.email is not None:
            self._mark_email("read" if not self._reading.email.read else "unread")
        elif (chosen := self.some()) is not None:
            self._mark("read" if any(one.unread for one in chosen.targets) else "unread")

    def action_star(self) -> None:
        if self.place is Place.READING and self._reading.email is not None:
            self._mark_email("unstar" if self._reading.email.starred else "star")
        elif (chosen := self.some()) is not None:
            self._mark("star" if any(not one.starred for one in chosen.targets) else "unstar")

    def _mark(self, word: str) -> None:
        """On the threads: all of a thread is read or not starred, its newest email is unread or starred."""

        def perform(desk: Desk, request: RequestId, some: Sequence[Target]) -> Awaitable[object]:
            newest = [one.newest for one in some]
            return {
                "read": lambda: desk.mark(request, (), threads=_threads(some), read=True),
                "unread": lambda: desk.mark(request, newest, read=False),
                "star": lambda: desk.mark(request, newest, starred=True),
                "unstar": lambda: desk.mark(request, (), threads=_threads(some), starred=False),
            }[word]()

        self.act(Act(word=word, piece=PIECE, perform=perform, leaves=False), again=partial(self._mark, word))

    def _mark_email(self, word: str) -> None:
        """On the email that is read."""
        shown = self._reading.email
        if shown is None:
            return
        read = {"read": True, "unread": False}.get(word)
        starred = {"star": True, "unstar": False}.get(word)
        act = Act(
            word=word,
            perform=lambda desk, request, _some: desk.mark(request, [shown.email], read=read, starred=starred),
            leaves=False,
        )
        self.act(act, again=partial(self._mark, word))

    # ------------------------------------------------------------ after choosing
    async def action_move(self) -> None:
        chosen = self.some()
        if chosen is None:
            return

        def moved(name: str | None) -> None:
            if name is not None:
                self._move(name, chosen)

        self.app.push_screen(Chooser(_("Move to"), self._folder_options), moved)

    async def _folder_options(self) -> Sequence[Option[str]]:
        boxes: dict[str, list[str]] = {}
        for folder in await self._link.desk.mail_folders():
            boxes.setdefault(folder.name, []).append(folder.mailbox)
        several = len({box for names in boxes.values() for box in names}) > 1
        return [Option(value=name, text=name, note=", ".join(of) if several else "") for name, of in boxes.items()]

    def _move(self, name: str, chosen: Chosen | None = None) -> None:
        act = Act(
            word="move",
            piece=PIECE,
            name=short(name, 40),
            perform=lambda desk, request, some: desk.move(request, (), name, threads=_threads(some)),
        )
        self.act(act, again=partial(self._move, name), chosen=chosen)

    async def action_assign(self) -> None:
        chosen = self.some()
        if chosen is None:
            return

        def assigned(option: Option[str] | None) -> None:
            if option is not None:
                self._assign(option, chosen)

        self.app.push_screen(Chooser(_("Assign to"), self._member_options), assigned)

    async def _member_options(self) -> Sequence[Option[Option[str]]]:
        """Oneself first, then the others, then nobody."""
        desk = self._link.desk
        me = (await desk.welcome()).member.member
        members = sorted(await desk.members(), key=lambda one: (one.member != me, one.name.casefold()))
        found = [
            Option(
                value=Option(value=str(one.member), text=one.name),
                text=one.name,
                note=away_note(one.away_until) or _("me") * (one.member == me),
            )
            for one in members
        ]
        nobody = Option(value=NOBODY, text=_("nobody"))
        return [*found, Option(value=nobody, text=nobody.text)]

    def _assign(self, to: Option[str], chosen: Chosen | None = None) -> None:
        act = Act(
            word="assign" if to.value else "unassign",
            name=to.text,
            perform=each(lambda desk, request, one: desk.assign(request, one.thread, to.value or None)),
            leaves=False,
        )
        self.act(act, again=partial(self._assign, to), chosen=chosen)

    def action_private(self) -> None:
        """Its mailboxes' members alone see it, or again whoever it is filed for ([C8])."""
        chosen = self.some()
        if chosen is None:
            return

        def said(word: str | None) -> None:
            if word is not None:
                self._private(word, chosen)

        options = [
            Option("private", _("private"), _("only who shares the mailbox")),
            Option("public", _("shared"), _("whoever it is filed for")),
        ]
        self.app.push_screen(Chooser(_("Who may see it"), options), said)

    def _private(self, word: str, chosen: Chosen | None = None) -> None:
        on = word == "private"
        act = Act(
            word=word,
            perform=each(lambda desk, request, one: desk.set_private(request, one.thread, on=on)),
            leaves=False,
        )
        self.act(act, again=partial(self._private, word), chosen=chosen)

    async def action_snooze(self) -> None:
        chosen, now = self.some(), self._around.clock()
        if chosen is None:
            return

        def snoozed(until: int | None) -> None:
            if until is not None:
                self._snooze(until, chosen)

        title = _("Snooze until")
        words = _("a choice, or words: friday 9:30, 3d, 31/12")
        other = partial(_moment, now=now)
        self.app.push_screen(Chooser(title, _moments(now), placeholder=words, other=other, unfit=_no_day), snoozed)

    def _snooze(self, until: int, chosen: Chosen | None = None) -> None:
        act = Act(
            word="snooze" if until else "unsnooze",
            name=full(until) if until else "",
            perform=each(lambda desk, request, one: desk.snooze(request, one.thread, until or None)),
        )
        self.act(act, again=partial(self._snooze, until), chosen=chosen)

    async def action_comment(self) -> None:
        chosen = self.some()
        if chosen is None:
            return

        def said(text: str | None) -> None:
            if text is not None and text.strip():
                self._comment(text, chosen)

        from tui.screens.asking import AskText

        note = _("Stays inside the firm. @name tells that member.")
        self.app.push_screen(AskText(_("Comment"), lines=4, note=note), said)

    def _comment(self, text: str, chosen: Chosen | None = None) -> None:
        act = Act(
            word="comment",
            perform=each(lambda desk, request, one: desk.comment(request, one.thread, text)),
            leaves=False,
        )
        self.act(act, again=partial(self._comment, text), chosen=chosen)

    # ------------------------------------------------------------ clients
    async def action_file(self) -> None:
        chosen, email = self.some(), self.email
        if chosen is None:
            return
        reaches = ["thread", "always"] if chosen.many else ["thread", "email", "always"]
        words = {
            "thread": _("the threads") if chosen.many else _("this thread"),
            "email": _("this email"),
            "always": _("always for this sender"),
        }

        def filed(option: Option[str] | None) -> None:
            if option is not None:
                self._file(option, reaches[chooser.reach], chosen, email=email)

        about = None if chosen.many else email or chosen.targets[0].newest
        options = partial(self._client_options, about)
        chooser = Chooser(_("File with"), options, reaches=[words[reach] for reach in reaches])
        self.app.push_screen(chooser, filed)

    async def _client_options(self, about: EmailId | None) -> Sequence[Option[Option[str]]]:
        """Who it may belong to comes first, so that what several fit is settled by taking the first ([C3], [C5])."""
        clients = await self._link.desk.clients()
        fits = {} if about is None else await self._fitting(about)
        ordered = sorted(clients, key=lambda one: list(fits).index(one.client) if one.client in fits else len(fits))
        found = [
            Option(value=Option(value=str(one.client), text=one.name), text=one.name, note=fits.get(one.client, ""))
            for one in ordered
        ]
        nowhere = Option(value=NOWHERE, text=_("nobody: no client's mail"))
        return [*found, Option(value=nowhere, text=nowhere.text)]

    async def _fitting(self, email: EmailId) -> dict[ClientId, str]:
        """The candidates of an ambiguous email, then what is suggested, with why."""
        try:
            why = await self._link.desk.why(email)
        except NotFound:
            return {}
        known = [one for one in why.filings if one.ambiguous] + list(why.alternatives)
        return {one.client.client: reason_words(one) for one in known}

    def _file(self, to: Option[str], reach: str, chosen: Chosen | None = None, *, email: EmailId | None = None) -> None:
        """`.` files the next thread with the same client, as far."""
        client, one_email = to.value or None, email

        def perform(desk: Desk, request: RequestId, one: Target) -> Awaitable[object]:
            if reach == "thread":
                return desk.file(request, thread=one.thread, client=client)
            of = one_email if reach == "email" and one_email is not None else one.newest
            return desk.file(request, email=of, client=client, always=reach == "always")

        filed = {"thread": "file", "email": "file_email", "always": "always"}[reach]
        act = Act(
            word=filed if client is not None else "unfile", name=short(to.text, 40), perform=each(perform), leaves=False
        )
        self.act(act, again=partial(self._file, to, reach), chosen=chosen)

    async def action_new_client(self) -> None:
        """A client from the sender of an email, or their address for one that is there."""
        email = self.email
        if email is None:
            self._status.speak(_("There is no thread here."))
            return

        def meant(choice: tuple[str, str] | None) -> None:
            if choice is not None:
                self._run(partial(self._guarded, self._client_from, email, *choice), "command")

        chooser = Chooser(
            _("Client for the sender"),
            partial(self._sender_options, email),
            placeholder=_("a name for a new client, or a client that is there"),
            other=lambda typed: Option(("name", typed), _("new client “{name}”").format(name=typed)),
        )
        self.app.push_screen(chooser, meant)

    async def _sender_options(self, email: EmailId) -> Sequence[Option[tuple[str, str]]]:
        desk = self._link.desk
        sender = next(iter((await desk.email(email)).from_), None)
        if sender is None:
            return ()
        past = await desk.count_past([sender.address])
        name = sender.name or sender.address
        files = ngettext("files {count} past email", "files {count} past emails", past).format(count=past)
        options: list[Option[tuple[str, str]]] = []
        for one in await desk.clients():
            options.append(Option(("client", str(one.client)), one.name, _("add the address")))  # noqa: PERF401 - its type
        return [Option(("name", name), _("new client “{name}”").format(name=name), files), *options]

    async def _client_from(self, email: EmailId, kind: str, value: str) -> None:
        request = new_request()
        name, client = (value, None) if kind == "name" else (None, value)
        made = await self._link.command(lambda desk: desk.client_from(request, email, name=name, client=client))
        self._status.speak(made_words(made))


def made_words(made: ClientMade) -> str:
    """Clients that were made or added to."""
    names = ", ".join(client.name for client in made.clients)
    files = ngettext("{count} past email is filed.", "{count} past emails are filed.", made.emails)
    return f"{short(names, 60)}: {files.format(count=made.emails)} " + _("u takes it back.")


def _threads(some: Sequence[Target]) -> list[ThreadId]:
    return [one.thread for one in some]


def _moments(now: float) -> list[Option[int]]:
    """When a thread may come back: a few moments, and no longer at all."""
    said = {
        "later": _("later today"),
        "tonight": _("this evening"),
        "tomorrow": _("tomorrow morning"),
        "monday": _("on Monday"),
        "next month": _("next month"),
    }
    found = {word: times.later(word, now=now, zone=None) for word in said}
    midnight = times.later("tomorrow 0:00", now=now, zone=None) or 0
    if (found["later"] or 0) >= midnight:
        found["later"] = None
    first = {at: word for word, at in reversed(found.items()) if at is not None}
    moments = [Option(at, said[word], full(at)) for at, word in sorted(first.items())]
    return [*moments, Option(0, _("no longer snoozed"))]


def _no_day(typed: str) -> str:
    """What is wrong with a moment that is none."""
    return _("There is no such day: the day stands before its month, as in 31/12.") if times.is_no_day(typed) else ""


def _moment(typed: str, *, now: float) -> Option[int] | None:
    at = times.later(typed, now=now, zone=None)
    return None if at is None else Option(at, full(at))
