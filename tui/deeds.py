"""What the journal tells, in sentences. Entries hold ids; their names are looked up by whoever shows them."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from store.model.plain import plain
from store.model.views import JournalEntry
from tui.acts import what_words
from tui.i18n import N_, _, ngettext

_MANY: Final = {"emails": "email", "clients": "client", "threads": "thread", "give": "give", "take": "take"}
_KINDS: Final = frozenset(
    {"email", "thread", "client", "contact", "member", "mailbox", "document", "note", "outbox", "give", "take"}
)
_DEEDS: Final[Mapping[str, str]] = {
    "file": N_("filed {emails}{clients}"),
    "mark": N_("marked {emails}"),
    "archive": N_("archived {emails}"),
    "delete": N_("deleted {emails}"),
    "move": N_("moved {emails}"),
    "spam": N_("moved {emails} to spam"),
    "unspam": N_("took {emails} out of spam"),
    "done": N_("said that a thread is done"),
    "reopen": N_("opened a thread again"),
    "snooze": N_("snoozed a thread"),
    "assign": N_("assigned a thread{members}"),
    "comment": N_("commented on a thread"),
    "send": N_("sent a mail"),
    "cancel": N_("took a mail back"),
    "retry": N_("tried to send a mail again"),
    "resolve": N_("said what became of an uncertain mail"),
    "discard": N_("threw a draft away"),
    "add_client": N_("made the client{clients}"),
    "client_from": N_("made or added to a client from a sender{clients}"),
    "make_clients": N_("made clients{clients}"),
    "rename_client": N_("renamed the client{clients}"),
    "tag_client": N_("set tags{clients}"),
    "set_domain": N_("set a domain{clients}"),
    "merge_clients": N_("merged clients{clients}"),
    "add_contact": N_("made a contact"),
    "rename_contact": N_("renamed a contact"),
    "add_address": N_("gave a contact another address"),
    "remove_address": N_("took an address off a contact"),
    "merge_contacts": N_("joined two contacts"),
    "remove_contact": N_("removed a contact"),
    "import_people": N_("imported contacts"),
    "link": N_("linked a contact{clients}"),
    "unlink": N_("unlinked a contact{clients}"),
    "set_email_sync": N_("switched email sync{clients}"),
    "set_notify": N_("switched notify{clients}"),
    "remove_rule": N_("took a rule away{clients}"),
    "put_note": N_("wrote a note{clients}"),
    "remove_note": N_("took a note away{clients}"),
    "stage_document": N_("brought a file in"),
    "add_document": N_("added a document{clients}"),
    "save_attachment": N_("saved an attachment{clients}"),
    "rename_document": N_("renamed a document{clients}"),
    "move_document": N_("moved a document{clients}"),
    "delete_document": N_("deleted a document{clients}"),
    "begin_export": N_("began to export the client{clients}"),
    "end_export": N_("exported the client{clients}"),
    "hold_client": N_("switched the legal hold{clients}"),
    "add_rule": N_("made a rule{clients}"),
    "erase_client": N_("erased a client"),
    "add_member": N_("added a member{members}"),
    "set_access": N_("changed what a member may see{members}"),
    "set_role": N_("changed a member's role{members}"),
    "set_private": N_("made a thread private, or no longer"),
    "set_away": N_("said until when a member is away{members}"),
    "set_wall": N_("set or took away a wall{clients}{members}"),
    "leave_firm": N_("let a member leave{members}"),
    "add_mailbox": N_("began to sync a mailbox"),
    "set_own_address": N_("set an address's name or signature"),
    "other_signed_in": N_("somebody signed in with another account"),
    "set_mailbox": N_("changed a mailbox's settings"),
    "stop_mailbox": N_("stopped a mailbox's sync"),
    "reset_mailbox": N_("reset a mailbox"),
    "signed_in": N_("signed a mailbox in"),
    "share": N_("shared a mailbox{members}"),
    "unshare": N_("took a mailbox from a member{members}"),
    "pause": N_("paused a mailbox"),
    "resume": N_("resumed a mailbox"),
    "open_import": N_("opened a mailbox for mail files"),
    "import_copies": N_("brought mail files in"),
    "set_provider": N_("set a registration with a provider"),
    "keep_secrets": N_("moved the secrets"),
    "set_setting": N_("changed a setting"),
    "see_notice": N_("saw a notice"),
    "archive_notice": N_("archived a notice"),
    "later_notice": N_("put a notice off"),
    "never_notice": N_("wants no more such notices"),
    "anchored": N_("told the journal's head outside"),
    "start": N_("started the office"),
    "stop": N_("stopped the office"),
}


def named_in(about: str) -> dict[str, list[str]]:
    """The ids in an entry's object by their kind: the word that stands before them."""
    found: dict[str, list[str]] = {}
    kind = ""
    for token in re.split(r"[\s,:()…]+", about):
        word = _MANY.get(token, token)
        if word in _KINDS:
            kind = word
        elif kind and len(token) > 3:  # an id
            found.setdefault(kind, []).append(token)
    return found


def deed_words(entry: JournalEntry, *, clients: Mapping[str, str], members: Mapping[str, str]) -> str:
    """What was done, as the end of a sentence that begins with a name."""
    if entry.action == "undo":
        return _("took back: {what}").format(what=what_words(entry.object.partition(":")[0].strip()))
    if entry.action == "refused":
        return _refused_words(entry.object)
    if entry.action == "filed":
        return _filed_words(entry.object)
    known = _DEEDS.get(entry.action)
    if known is None:
        return _("did: {act}").format(act=plain(entry.action).replace("_", " "))
    named = named_in(entry.object)
    return _(known).format(
        emails=_emails(len(named.get("email", ()))),
        clients=_of(named.get("client", ()), clients),
        members=_of(named.get("member", ()), members),
    )


def _of(ids: Sequence[str], names: Mapping[str, str]) -> str:
    """Whom it was about; ids without a name (hidden, or gone) are left out."""
    known = [names[one] for one in ids if one in names]
    return ": " + ", ".join(known) if known else ""


def _emails(count: int) -> str:
    return ngettext("{count} email", "{count} emails", max(count, 1)).format(count=max(count, 1))


def _filed_words(about: str) -> str:
    count = about.partition(":")[0]
    return _("filed mail that came: {emails}").format(emails=_emails(int(count) if count.isdecimal() else 1))


def _refused_words(about: str) -> str:
    method, _blank, count = about.partition(" ")
    times = int(count) if count.isdecimal() else 1
    what = plain(method).replace("_", " ")
    return ngettext("was refused: {what}", "was refused {count} times: {what}", times).format(what=what, count=times)
