"""What people do to threads, in words: while it is done, when it is done, and when it is taken back. Pure."""

from store.model.views import Done, NextUndo
from tui.i18n import _, ngettext


def progress_words(word: str, *, done: int, count: int) -> str:
    """While many are worked on."""
    doing = {
        "done": _("Done"),
        "reopen": _("Opening again"),
        "archive": _("Archiving"),
        "delete": _("Deleting"),
        "move": _("Moving"),
        "spam": _("Moving to spam"),
        "unspam": _("Taking out of spam"),
        "snooze": _("Snoozing"),
        "assign": _("Assigning"),
        "file": _("Filing"),
        "mark": _("Marking"),
        "comment": _("Commenting"),
        "private": _("Making private"),
        "public": _("Sharing again"),
    }.get(word, _("Working"))
    return _("{doing} {done} of {count} · Esc stops").format(doing=doing, done=done, count=count)


def did_words(word: str, count: int, *, name: str = "") -> str:
    """When it is done: what, and that it can be taken back."""
    said = {
        "done": ngettext("{count} thread is done.", "{count} threads are done.", count),
        "reopen": ngettext("{count} thread is open again.", "{count} threads are open again.", count),
        "archive": ngettext("{count} thread archived.", "{count} threads archived.", count),
        "delete": ngettext("{count} thread deleted.", "{count} threads deleted.", count),
        "move": ngettext("{count} thread moved to {name}.", "{count} threads moved to {name}.", count),
        "spam": ngettext("{count} thread moved to spam.", "{count} threads moved to spam.", count),
        "unspam": ngettext("{count} thread is no spam.", "{count} threads are no spam.", count),
        "snooze": ngettext("{count} thread comes back {name}.", "{count} threads come back {name}.", count),
        "unsnooze": ngettext("{count} thread is no longer snoozed.", "{count} threads are no longer snoozed.", count),
        "assign": ngettext("{count} thread assigned to {name}.", "{count} threads assigned to {name}.", count),
        "unassign": ngettext("{count} thread assigned to nobody.", "{count} threads assigned to nobody.", count),
        "file": ngettext("{count} thread filed with {name}.", "{count} threads filed with {name}.", count),
        "file_email": ngettext("{count} email filed with {name}.", "{count} emails filed with {name}.", count),
        "always": ngettext(
            "Filed with {name}, and always for this sender.", "Filed with {name}, and always for these senders.", count
        ),
        "unfile": ngettext("{count} thread filed with nobody.", "{count} threads filed with nobody.", count),
        "read": ngettext("{count} marked as read.", "{count} marked as read.", count),
        "unread": ngettext("{count} marked as unread.", "{count} marked as unread.", count),
        "star": ngettext("{count} starred.", "{count} starred.", count),
        "unstar": ngettext("{count} no longer starred.", "{count} no longer starred.", count),
        "private": ngettext("{count} thread is private now.", "{count} threads are private now.", count),
        "public": ngettext("{count} thread is shared again.", "{count} threads are shared again.", count),
        "comment": ngettext("Comment kept inside the firm.", "{count} comments kept inside the firm.", count),
    }[word]
    return said.format(count=count, name=name) + " " + _("u takes it back.")


def undone_words(done: Done) -> str:
    """When it is taken back: what, and that some of it was changed since and stays."""
    said = _("Undone: {what}.").format(what=_counted(done.undo, threads=done.threads, affected=done.affected))
    return said + (" " + _("What was changed since stays as it is.") if done.warning == "some_changed" else "")


def next_words(told: NextUndo) -> str:
    """What would be taken back."""
    return _counted(told.word, threads=told.threads, affected=told.affected)


def _counted(word: str | None, *, threads: int, affected: int) -> str:
    """An act with how many it was done to, if not to one: in threads where it was about threads."""
    what, count = what_words(word), threads or affected
    if count < 2:
        return what
    if threads:
        said = ngettext("{count} thread", "{count} threads", count).format(count=count)
    else:
        said = ngettext("{count} email", "{count} emails", count).format(count=count)
    return f"{what} ({said})"


def what_words(word: str | None) -> str:
    """An act's word, as the office names it, for a person."""
    return {
        "done": _("done"),
        "reopen": _("opened again"),
        "archive": _("archived"),
        "delete": _("deleted"),
        "move": _("moved"),
        "spam": _("moved to spam"),
        "unspam": _("taken out of spam"),
        "mark": _("marked"),
        "snooze": _("snoozed"),
        "unsnooze": _("no longer snoozed"),
        "assign": _("assigned"),
        "comment": _("commented"),
        "file": _("filed"),
        "client_from": _("client made from a sender"),
        "make_clients": _("clients made"),
        "send": _("sent"),
        "link": _("linked"),
        "unlink": _("unlinked"),
        "set_email_sync": _("email sync switched"),
        "set_notify": _("notify switched"),
        "add_client": _("client made"),
        "add_contact": _("contact made"),
        "rename_client": _("client renamed"),
        "tag_client": _("tags changed"),
        "set_domain": _("domain changed"),
        "add_rule": _("rule made"),
        "remove_rule": _("rule taken away"),
        "merge_clients": _("clients merged"),
        "rename_contact": _("contact renamed"),
        "add_address": _("address added"),
        "remove_address": _("address taken away"),
        "merge_contacts": _("contacts merged"),
        "remove_contact": _("contact taken away"),
        "import_people": _("contacts imported"),
        "put_note": _("note written"),
        "remove_note": _("note taken away"),
        "document": _("document added"),
        "rename_document": _("document renamed"),
        "move_document": _("document moved"),
        "delete_document": _("document deleted"),
        "set": _("setting changed"),
        "private": _("made private"),
        "public": _("shared again"),
        "role": _("role changed"),
        "access": _("access changed"),
        "wall": _("wall set"),
        "unwall": _("wall lifted"),
        "away": _("said to be away"),
        "back": _("said to be back"),
    }.get(word or "", _("the last act"))
