"""What one does to a client in its profile: link, tag, rename, give domains, add and take away; with undo."""

from collections.abc import Mapping, Sequence
from functools import partial

from actors.desk.api import Desk
from store.model.document import Document
from store.model.firm import Contact
from store.model.ids import RequestId
from store.model.note import Note
from store.model.views import Done
from tui.i18n import _, ngettext
from tui.link import new_request
from tui.screens.asking import AskText, Confirm
from tui.screens.client_ending import ClientEnding
from tui.screens.client_parts import Part, Tab
from tui.screens.clients import ask_tags, short_name


class ClientScreen(ClientEnding):
    """See the module."""

    # ------------------------------------------------------------ what keys are good for
    def not_meant(self, item: Part | None) -> Sequence[str]:
        value = item.value if item is not None else None
        people = self._tab in (Tab.OVERVIEW, Tab.CONTACTS)
        document = isinstance(value, Document)
        meant = {
            "open": value is not None or self._tab is Tab.EMAIL,
            "add_here": people or self._tab in (Tab.DOCUMENTS, Tab.NOTES),
            "remove_here": isinstance(value, (Contact, Note)) or document,
            "find_here": self._tab is Tab.DOCUMENTS,
            "save_here": document,
            "move_here": document,
            "rename_here": people or document,
            "set_tags": people,
            "set_domains": people,
        }
        out = [action for action, is_meant in meant.items() if not is_meant]
        out += self.endings_not_meant()
        return out if self._manages else [*out, *self._managing(value)]

    def _managing(self, value: object) -> Sequence[str]:
        """What needs the right to manage clients and contacts; notes and documents do not."""
        acts = ["set_tags", "set_domains"]
        acts += ["add_here"] if self._tab in (Tab.OVERVIEW, Tab.CONTACTS) else []
        acts += ["rename_here"] if not isinstance(value, Document) else []
        return [*acts, "remove_here"] if isinstance(value, Contact) else acts

    def named_here(self, item: Part | None) -> Mapping[str, str]:
        value = item.value if item is not None else None
        add = {Tab.DOCUMENTS: _("add a file"), Tab.NOTES: _("new note")}.get(self._tab, _("link"))
        named = {"add_here": add}
        if self._standing is not None and self._standing.held:
            named["hold_client"] = _("lift the hold")
        if isinstance(value, Contact):
            return {**named, "remove_here": _("unlink"), "open": _("switches")}
        return {**named, "open": _("change")} if isinstance(value, Note) else named

    # ------------------------------------------------------------ the client itself
    def action_set_tags(self) -> None:
        if self._detail is not None:
            ask_tags(self, self._client, self._detail.tags)

    def action_rename_here(self) -> None:
        document = self._chosen_document()
        if document is not None:
            self.rename_document(document)
            return
        if self._detail is None:
            return

        def named(name: str | None) -> None:
            if name and name.strip():
                new = " ".join(name.split())
                words = _("Renamed. u takes it back.")
                self.act(lambda desk, request: desk.rename_client(request, self._client, new), words)

        self.app.push_screen(AskText(_("The client's name"), text=self._detail.name), named)

    def action_set_domains(self) -> None:
        if self._detail is None:
            return
        known = self._detail.domains

        def typed(text: str | None) -> None:
            if text is None:
                return
            wanted = [one for word in text.replace(",", " ").split() if (one := word.strip("@").casefold())]
            changes = [(one, True) for one in wanted if one not in known]
            changes += [(one, False) for one in known if one not in wanted]
            if changes:
                self.ask(lambda: self._set_domains(changes))

        note = _("Mail of these domains is filed here where nothing stronger says where. Separated by commas.")
        self.app.push_screen(AskText(_("Domains"), text=", ".join(known), note=note), typed)

    async def _set_domains(self, changes: Sequence[tuple[str, bool]]) -> None:
        request = new_request()
        for number, (domain, on) in enumerate(changes, start=1):
            part = RequestId(f"{request}/{number}")
            await self._link.command(partial(self._set_domain, part, domain, on))
        self.say(_("Domains set; past mail is filed accordingly. u takes it back."))
        self.look_again()

    async def _set_domain(self, request: RequestId, domain: str, on: bool, desk: Desk) -> Done:  # noqa: FBT001 - as bound
        return await desk.set_domain(request, self._client, domain, on=on)

    # ------------------------------------------------------------ what belongs to it
    def action_add_here(self) -> None:
        if self._tab is Tab.DOCUMENTS:
            self.add_file()
        elif self._tab is Tab.NOTES:
            self.word_note(None)
        elif self._tab in (Tab.OVERVIEW, Tab.CONTACTS):
            self._link_contact()

    def _link_contact(self) -> None:
        def typed(address: str | None) -> None:
            if address and address.strip():
                self.ask(lambda: self._ask_link(address.strip()))

        note = _("Somebody's address. A contact that has it is linked; else one is made.")
        self.app.push_screen(AskText(_("Link a contact"), note=note, placeholder="name@example.org"), typed)

    async def _ask_link(self, address: str) -> None:
        """Say first how much past mail that files."""
        past = await self._link.desk.count_past([address])
        name = short_name(self._detail.name) if self._detail is not None else ""
        words = _("Link {address} to {client}? {emails}").format(
            address=short_name(address), client=name, emails=past_words(past)
        )

        def said(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
            if yes:
                done = _("Linked. u takes it back.")
                self.act(lambda desk, request: desk.link(request, address, self._client), done)

        self.app.push_screen(Confirm(words, yes=_("link")), said)

    def action_remove_here(self) -> None:
        part = self._rows.chosen
        value = part.value if part is not None else None
        if isinstance(value, Contact):
            self._unlink(value)
        elif isinstance(value, Note):
            self.remove_note(value)
        elif isinstance(value, Document):
            self.remove_document(value)

    def _unlink(self, contact: Contact) -> None:
        if not contact.addresses:
            self.say(_("This contact has no address that you may see."))
            return
        address = contact.addresses[0]
        words = _("Unlinked; mail that only they brought here leaves. u takes it back.")
        self.act(lambda desk, request: desk.unlink(request, address, self._client), words)


def past_words(emails: int) -> str:
    """What a link or a switch does to the past."""
    if not emails:
        return _("No past email is filed by it.")
    return ngettext("{count} past email is filed by it.", "{count} past emails are filed by it.", emails).format(
        count=emails
    )
