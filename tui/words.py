"""Short words for the firm's notions, in the person's language: states, reasons, notices. For screens and commands."""

from collections.abc import Mapping
from typing import Final

from store.model.filing import Reason
from store.model.firm import MemberRole
from store.model.mailbox import MailboxScope, MailboxView, SyncState
from store.model.plain import plain
from store.model.thread import ThreadState
from store.model.views import NoticeKind, NoticeRow, Why, WhyFiling
from tui.i18n import N_, _, ngettext
from tui.sentences import cause

WARNINGS: Final = {  # what is said above a mail that is read
    "unverified": N_("The sender could not be verified: this mail may be forged."),
    "hidden_text": N_("Text that the sender hid is left out."),
    "cut": N_("This mail is too large or too odd to be shown whole."),
    "reply_to_differs": N_("Answers would go to another address than the sender's."),
    "versions": N_("There are several versions of this mail."),
}


def state_word(state: ThreadState) -> str:
    """A thread's state in a word or two."""
    return {
        ThreadState.TO_ANSWER: _("to answer"),
        ThreadState.WAITING: _("waiting"),
        ThreadState.DONE: _("done"),
        ThreadState.QUIET: _("quiet"),
    }[state]


def sync_word(state: SyncState) -> str:
    """A mailbox's state in a word or two."""
    return {
        SyncState.NOT_SET_UP: _("not set up"),
        SyncState.SYNCING: _("syncing"),
        SyncState.SYNCED: _("up to date"),
        SyncState.OFFLINE: _("offline"),
        SyncState.NEEDS_SIGN_IN: _("needs sign-in"),
        SyncState.PAUSED: _("paused"),
        SyncState.BROKEN: _("broken"),
    }[state]


def believed_words(box: MailboxView) -> str:
    """Whose word on who sent a mail is believed, or could be."""
    if box.settings.authserv_id is not None:
        return box.settings.authserv_id
    if box.authserv_proposed is None:
        return _("nobody says who sent a mail")
    return _("nobody yet; most of its mail bears the word of {server}").format(server=plain(box.authserv_proposed))


def scope_word(scope: MailboxScope) -> str:
    """What is copied of a mailbox."""
    return {
        MailboxScope.WHOLE: _("whole mailbox"),
        MailboxScope.HEADERS: _("client mail, headers of the rest"),
        MailboxScope.CLIENTS: _("client mail only"),
    }[scope]


def role_word(role: MemberRole) -> str:
    """A member's role."""
    return {
        MemberRole.OWNER: _("owner"),
        MemberRole.ADMIN: _("admin"),
        MemberRole.EMPLOYEE: _("employee"),
    }[role]


_DECIDE: Final = frozenset(
    {Reason.BY_HAND, Reason.THREAD_BY_HAND, Reason.ALWAYS, Reason.ADDRESS, Reason.BOUNCE, Reason.THREAD, Reason.RULE}
)  # what files by itself: where it does not, a person's word stands before it


def unfiled_words(why: Why) -> str:
    """Why an email is filed with no client."""
    if any(filing.reason in _DECIDE for filing in why.alternatives):
        return _("A person decided so.")
    return _("No contact's address stands in it, it answers no filed mail, and nobody filed it by hand.")


def reason_words(filing: WhyFiling) -> str:
    """Why an email is filed so, in about five words."""
    by = filing.by or _("a colleague")
    address = filing.address or _("an address")
    return {
        Reason.BY_HAND: _("filed by {by}").format(by=by),
        Reason.THREAD_BY_HAND: _("thread filed by {by}").format(by=by),
        Reason.ALWAYS: _("always from {address}, said {by}").format(address=address, by=by),
        Reason.ADDRESS: _("{address} is theirs").format(address=address),
        Reason.BOUNCE: _("mail to {address} came back").format(address=address),
        Reason.THREAD: _("answers mail filed there"),
        Reason.DOMAIN: _("{address} is of their domain").format(address=address),
        Reason.RULE: _("rule {name}").format(name=filing.rule or "?"),
        Reason.FORWARDED: _("what is forwarded is theirs"),
        Reason.NAME: _("a contact there is called so"),
        Reason.TOGETHER: _("its people write with them"),
        Reason.LEARNED: _("mail like it is filed there"),
    }[filing.reason]


def notice_words(notice: NoticeRow) -> str:
    """What a notice tells, in a sentence."""
    client = notice.client.name if notice.client else ""
    count = int(notice.arguments.get("count", 1))
    by = str(notice.arguments.get("by", ""))
    return {
        NoticeKind.CLIENT_WROTE: _("{client} wrote").format(client=client),
        NoticeKind.MEMBER_ANSWERED: _("{by} answered {client}").format(by=by or _("A colleague"), client=client),
        NoticeKind.BULK_FILED: ngettext("{count} older email filed", "{count} older emails filed", count).format(
            count=count
        ),
        NoticeKind.LINKED_FILED: _linked_words(count, client=client, by=by),
        NoticeKind.MAIL_GONE: ngettext(
            "{count} email is gone from the server", "{count} emails are gone from the server", count
        ).format(count=count),
        NoticeKind.SYNC_BROKE: _broken_words(notice),
        NoticeKind.IN_SPAM: _("mail of {client} lies in the spam folder of {address}").format(
            client=client, address=_address(notice)
        ),
        NoticeKind.NOT_SYNCED: _(
            "You have not synced your email account with postroom, so you will not see notices about mail sent to it."
            " Sync it in Settings › Email integration."
        ),
        NoticeKind.MAILBOX_SHARED: _("{who} syncs {address} too; {by} said so").format(
            who=plain(str(notice.arguments.get("who", "?"))), address=_address(notice), by=by
        ),
        NoticeKind.MAILBOX_LEFT: _("{who} no longer syncs {address}").format(
            who=plain(str(notice.arguments.get("who", "?"))), address=_address(notice)
        ),
        NoticeKind.ATTACHMENTS_WAIT: ngettext(
            "{client}: {count} attachment waits for your word: nobody vouches for its sender",
            "{client}: {count} attachments wait for your word: nobody vouches for their sender",
            count,
        ).format(client=client, count=count),
        NoticeKind.DOCUMENT_TOO_LARGE: ngettext(
            "{client}: {count} attachment is larger than {most} MB and was not saved",
            "{client}: {count} attachments are larger than {most} MB and were not saved",
            count,
        ).format(client=client, count=count, most=notice.arguments.get("most", 25)),
        NoticeKind.OTHER_SIGNED_IN: _other_words(notice, by=by),
        NoticeKind.ACTOR_GAVE_UP: _("a part of the office stopped after repeated failures"),
        NoticeKind.CHANGE_DROPPED: _dropped_words(notice),
        NoticeKind.ASSIGNED: _("{by} gave you a thread").format(by=by or _("A colleague")),
        NoticeKind.MENTIONED: _("{by} mentioned you in a comment").format(by=by or _("A colleague")),
        NoticeKind.SEND_FAILED: _("a mail to {address} could not be sent: {cause}").format(
            address=notice.arguments.get("address", "?"), cause=cause(str(notice.arguments.get("cause", "no")))
        ),
        NoticeKind.SEND_UNCERTAIN: _(
            "nobody can know whether a mail to {address} went out: look into the outbox"
        ).format(address=notice.arguments.get("address", "?")),
    }[notice.kind]


def _address(notice: NoticeRow) -> str:
    return plain(str(notice.arguments.get("address", "?")))


def _other_words(notice: NoticeRow, *, by: str) -> str:
    account = str(notice.arguments.get("account", ""))
    if not account:
        return _("Another account than the expected one finished your sign-in of {address}. Nothing was kept.").format(
            address=_address(notice)
        )
    return _(
        "Your account {account} finished a sign-in that {by} began for {address}. Nothing was kept; if it was not"
        " you, change its password."
    ).format(account=plain(account), by=plain(by), address=_address(notice))


def _broken_words(notice: NoticeRow) -> str:
    """Why, and the one thing to do."""
    code = str(notice.arguments.get("cause", ""))
    if not code:
        return _("Email sync has stopped working")
    return _("Email sync of {address} has stopped working: {cause}. {remedy}").format(
        address=_address(notice), cause=cause(code), remedy=sync_remedy(code, address=_address(notice))
    )


def sync_remedy(code: str, *, address: str) -> str:
    """The one thing to do about a mailbox that needs somebody."""
    if code in SIGN_IN_CODES:
        return _("Sign in again: postroom mailbox reauth {address}").format(address=address)
    if code == "imap_off":
        return _("Switch IMAP on in the provider's settings, then: postroom mailbox reauth {address}").format(
            address=address
        )
    return _("Look at it: postroom doctor {address}").format(address=address)


SIGN_IN_CODES: Final = frozenset(
    {
        "login",
        "login_refused",
        "needs_sign_in",
        "secret_missing",
        "secret_lost",
        "revoked",
        "needs_app_password",
        "disabled",
        "grant_revoked",
        "auth",
    }
)
_ACTS: Mapping[str, str] = {
    "archive": N_("archiving an email"),
    "trash": N_("deleting an email"),
    "junk": N_("marking an email as spam"),
    "inbox": N_("moving an email to the inbox"),
    "move": N_("moving an email"),
    "read": N_("marking an email as read"),
    "unread": N_("marking an email as unread"),
    "star": N_("starring an email"),
    "unstar": N_("taking a star from an email"),
}


def _dropped_words(notice: NoticeRow) -> str:
    """What the server did not do, and why; of very many at once how many."""
    count = int(notice.arguments.get("count", 0))
    if count:
        return ngettext(
            "{count} more change could not be carried to the server",
            "{count} more changes could not be carried to the server",
            count,
        ).format(count=count)
    act, why = str(notice.arguments.get("act", "")), str(notice.arguments.get("cause", "no"))
    what = _(_ACTS[act]) if act in _ACTS else _("a change")
    if why == "moved":
        folder = plain(str(notice.arguments.get("folder", "?")))
        return _("not carried to the server: {what}. Somebody moved it to {folder} meanwhile").format(
            what=what, folder=folder
        )
    return _("not carried to the server: {what}. The reason: {cause}").format(what=what, cause=cause(why))


def _linked_words(count: int, *, client: str, by: str) -> str:
    """Whose mail a link filed is told even if the client is hidden from them: then by whom."""
    if client:
        return ngettext(
            "{count} email of your mailbox filed with {client}",
            "{count} emails of your mailbox filed with {client}",
            count,
        ).format(count=count, client=client)
    return ngettext(
        "{count} email of your mailbox filed by {by}", "{count} emails of your mailbox filed by {by}", count
    ).format(count=count, by=by or _("a colleague"))
