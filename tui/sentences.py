"""Codes of the desk and of the providers as sentences for people: what is wrong, and what to do about it.

The only place where a code becomes words; screens and commands both ask here. Arguments are foreign text and go through
plain before they are put in.
"""

from collections.abc import Mapping
from typing import NamedTuple

from store.model.errors import DeskError
from store.model.plain import plain
from tui.i18n import N_, _


class Sentence(NamedTuple):
    """What is wrong, and the one thing to do ("" when there is nothing)."""

    wrong: str
    remedy: str


_DESK: Mapping[str, tuple[str, str]] = {
    "not_found": (
        N_("There is no such thing here."),
        N_("Check the name or id; `postroom search` and `postroom client list` show them."),
    ),
    "not_allowed": (N_("You may not do that."), N_("Ask the owner or an admin of the firm for the right.")),
    "as_refused": (N_("Acting as another member is possible only in a home of one's own."), ""),
    "bad_address": (N_("“{address}” is not an e-mail address."), N_("Write it as name@domain.")),
    "bad_name": (N_("This name cannot be used."), N_("Use some visible characters on one line, at most 200.")),
    "ambiguous_name": (N_("Several are called “{name}”."), N_("Use the id instead of the name.")),
    "bad_query": (
        N_("This search cannot be understood."),
        N_("Write words, or client:, from:, to:, subject:, before:, after:."),
    ),
    "too_long": (N_("This is too long."), N_("Shorten it.")),
    "bad_value": (N_("The value of {field} cannot be used."), N_("`--help` shows what it may be.")),
    "no_such_day": (N_("There is no such day: {text}."), N_("Write the day before its month, as in 31/12.")),
    "id_reused": (
        N_("This --id was used for something else before; nothing was done."),
        N_("Choose another key for --id."),
    ),
    "name_taken": (N_("There is one called “{name}” already."), N_("Choose another name.")),
    "address_taken": (N_("{address} belongs to somebody else here."), N_("Ask the owner of the firm.")),
    "bad_tag": (N_("“{name}” is no tag."), N_("A tag is one word of at most 50 visible characters.")),
    "too_many_tags": (N_("A client has at most {most} tags."), N_("Take one away first.")),
    "bad_rule": (
        N_("That is no rule: it says nothing, too much, or an address or name that cannot be."),
        N_("See postroom rule add --help."),
    ),
    "bad_domain": (N_("“{name}” is no domain."), N_("Write it as example.com.")),
    "domain_public": (
        N_("Anybody can have an address at {name}: it says nothing of who writes."),
        N_("Link the addresses of the client's contacts instead."),
    ),
    "domain_is_own": (N_("{name} is the firm's own domain: mail of colleagues is no client's."), ""),
    "last_address": (
        N_("It is the contact's only address."),
        N_("Add another one first, or take the contact away."),
    ),
    "contact_linked": (N_("Clients have this contact."), N_("Unlink it from its clients first.")),
    "several_contacts": (
        N_("These addresses belong to different contacts: {address}."),
        N_("Merge those contacts first, if they are one person."),
    ),
    "no_address": (
        N_("It has neither an address nor a client."),
        N_("Say which column holds them: --map email=COLUMN."),
    ),
    "too_many_people": (N_("There are more than {most} contacts in this file."), N_("Import it in parts.")),
    "too_many_columns": (
        N_("Line {line} has more than {most} columns."),
        N_("This is no list of contacts, or another character divides its columns."),
    ),
    "people_file": (
        N_("Line {line} cannot be read: a field that begins there does not end."),
        N_("Look for a quotation mark without its other half."),
    ),
    "people_encoding": (
        N_("The file cannot be read as {name}."),
        N_("Leave --encoding away, or name the one that it was saved in."),
    ),
    "no_column": (N_("The file has no column {name}."), N_("With --dry-run its columns are shown.")),
    "mailbox_taken": (N_("This mailbox is synced already."), N_("`postroom mailbox list` shows it.")),
    "other_server": (N_("This address is synced from another server already."), N_("Ask the members of that mailbox.")),
    "nothing_to_undo": (N_("There is nothing to undo."), ""),
    "local_mailbox": (N_("This mailbox was imported and has no server."), ""),
    "no_such_folder": (N_("The mailbox has no such folder."), N_("`postroom audit --all` lists its folders.")),
    "not_in_your_mailbox": (
        N_("This mail is in no mailbox of yours, so that there is nothing to move on a server."),
        "",
    ),
    "changed_since": (N_("Somebody has changed this meanwhile; nothing was done."), N_("Look again, then decide.")),
    "undo_changed": (N_("This was changed since, so it was not undone."), N_("Look at it and set it by hand.")),
    "sent_already": (N_("It is sent already."), ""),
    "undo_late": (
        N_("The time to take this mail back is over: {state}."),
        N_("In the outbox it can be stopped as long as it waits."),
    ),
    "some_changed": (
        N_("Some of this was changed since; that was left as it is."),
        N_("Look at it and set it by hand."),
    ),
    "names_nobody": (
        N_("No member is called so: {name}. The comment is kept, and nobody was told by that."),
        N_("Comment again with the right name."),
    ),
    "names_several": (
        N_("Several members are called so: {name}. The comment is kept, and none of them was told."),
        N_("Comment again with the whole name."),
    ),
    "assignee_cannot_see": (
        N_("{name} may see nothing of this thread."),
        N_("`postroom member access` gives access to its client."),
    ),
    "already_there": (N_("It is like that already."), ""),
    "no_office": (N_("No office is running."), N_("`postroom office start` starts it.")),
    "office_gone": (N_("The office has gone away."), N_("Try again; it is started anew.")),
    "start_forbidden": (
        N_("No office is running, and members do not start it here."),
        N_("Ask the administrator to start the unit {unit}."),
    ),
    "start_failed": (N_("The office did not start."), N_("`postroom doctor` says why; its log is {log}.")),
    "version": (
        N_("Screen and office are of different versions ({ours}, {theirs})."),
        N_("`postroom office restart` starts the office of this version."),
    ),
    "version_screen": (
        N_("This program is older than the office ({ours}, {theirs})."),
        N_("Leave it and start the installed one again."),
    ),
    "home_newer": (N_("This home was written by a newer postroom."), N_("Install that version, or a later one.")),
    "home_locked": (
        N_("Another office holds this home and does not answer."),
        N_("Wait a minute; if it stays so, end that process."),
    ),
    "home_not_ours": (
        N_("The home folder is not yours alone."),
        N_("It must belong to you, be no link, and be closed to others: chmod 700 {path}"),
    ),
    "config_unreadable": (N_("The configuration {path} cannot be read."), N_("Ask the administrator to look at it.")),
    "config_not_trusted": (
        N_("The configuration {path} can be changed by others and is not used."),
        N_("Let it belong to root and be writable by nobody else."),
    ),
    "not_ours": (
        N_("The office's socket belongs to somebody else; nothing was sent to it."),
        N_("Remove it, or ask the administrator."),
    ),
    "unknown_caller": (
        N_("You are not a member of this firm."),
        N_("Ask the administrator: postroom member add NAME --user LOGIN."),
    ),
    "body_unavailable": (
        N_("The text of this mail could not be fetched now: {cause}."),
        N_("Try again when the mailbox is online."),
    ),
    "timeout": (
        N_("It took too long and was given up; what was begun goes on in the office."),
        N_("Try again, or give a longer --timeout."),
    ),
    "busy": (N_("The office is busy with other requests of yours."), N_("Try again in a moment.")),
    "login_refused": (
        N_("The server {host} refused the login ({step})."),
        N_(
            "Check login name and password. Where only sending (smtp) is refused, --no-send keeps what can be received."
        ),
    ),
    "imap_off": (
        N_("The server {host} knows the login, but IMAP is switched off for this account ({step})."),
        N_("Switch IMAP on in the provider's settings, or ask its administrator; then try again."),
    ),
    "smtp_off": (
        N_("The server {host} knows the login, but sending is switched off for this account ({step})."),
        N_("Ask the provider's administrator to allow authenticated SMTP, or receive only: --no-send"),
    ),
    "needs_app_password": (
        N_("The server {host} wants an app password, not the account's own ({step})."),
        N_("Make one in the account's security settings, and use it as the password."),
    ),
    "server": (
        N_("The {step} server {host} could not be used: {cause}."),
        N_("Check host, port and --tls, then try again."),
    ),
    "host_not_public": (
        N_("{host} is in this server's own network, where only hosts that the administrator names are connected to."),
        N_("Ask the administrator to list it as mail_hosts in /etc/postroom/config.toml."),
    ),
    "plain_refused": (
        N_("Without TLS only a server on this machine can be used."),
        N_("Use --tls ssl or --tls starttls."),
    ),
    "sign_in_refused": (N_("The sign-in did not succeed: {cause}."), N_("Begin it again.")),
    "no_such_sign_in": (
        N_("That sign-in is over, or it was not you who began it."),
        N_("Begin it again; with --way device or --way paste it goes on even if the office is restarted."),
    ),
    "sign_in_waiting": (
        N_("Nobody has finished the sign-in yet."),
        N_("Open the address, agree there, and try again."),
    ),
    "sign_in_server": (N_("The provider's sign-in could not be used: {cause}."), N_("Try again later.")),
    "no_client_id_microsoft": (
        N_("The firm has no registration with {provider} yet."),
        N_(
            "Use a token command, or register once: docs/sign-in.md, then "
            "`postroom provider set {provider} --client-id ID`."
        ),
    ),
    "no_client_id": (
        N_("The firm has no registration with {provider} yet."),
        N_(
            "Use an app password or a token command, or register once: docs/sign-in.md, then "
            "`postroom provider set {provider} --client-id ID`."
        ),
    ),
    "client_id_refused": (
        N_("The provider does not know the firm's registration, or wants its secret."),
        N_("The owner or an admin looks at `postroom provider list`."),
    ),
    "no_such_provider": (N_("There is no sign-in called “{name}”."), N_("It is microsoft, google or openid.")),
    "no_such_way": (N_("This provider has no such way to sign in."), N_("Use --way browser or --way paste.")),
    "not_redirected": (
        N_("That is not the address at which the browser ended."),
        N_("Copy all of it, from http:// to its end."),
    ),
    "no_redirect": (N_("The address at which the browser ends is needed."), N_("Use --begin, then mailbox finish.")),
    "bad_command": (
        N_("That is no program that can be run."),
        N_("Name a program that exists, with its words; no shell reads them."),
    ),
    "command_not_named": (
        N_("Here only programs that the administrator has named can give a secret."),
        N_("Ask for its name in the server's configuration, under [commands]."),
    ),
    "command": (N_("The program gave no secret: {cause}."), N_("Run it by hand to see why.")),
    "secrets_away": (
        N_("The secrets cannot be read now: {cause}."),
        N_("`postroom doctor` says where they are kept."),
    ),
    "passphrase_needed": (
        N_("A passphrase is needed for that."),
        N_("Give it at a terminal, or by --passphrase-stdin."),
    ),
    "passphrase_differs": (N_("The two passphrases differ."), N_("Nothing was changed; try again.")),
    "passphrase_wrong": (N_("That is not the passphrase."), N_("Try again.")),
    "passphrase_short": (N_("A passphrase has at least {least} characters."), N_("Choose a longer one.")),
    "secrets_server": (
        N_("On a server secrets are kept in the sealed file."),
        N_("Its key is a file or a credential of systemd; see docs/security.md."),
    ),
    "secret_lost": (
        N_("The key of the sealed secrets does not fit or is missing."),
        N_("Put the key file back, or sign in again: every mailbox asks anew."),
    ),
    "no_sender": (
        N_("You have no synced mailbox to write from."),
        N_("Press :, then “sync my email”; or use `postroom mailbox add ADDRESS`."),
    ),
    "bad_sender": (
        N_("{address} is no address of yours to write from."),
        N_("`postroom mailbox list` shows your mailboxes."),
    ),
    "no_recipients": (N_("Nobody is named to whom it should go."), N_("Name somebody in To, Cc or Bcc.")),
    "cannot_send": (
        N_("Nothing can be sent from {address} now: {cause}."),
        N_("`postroom mailbox show {address}` shows how it is set up."),
    ),
    "outbox_state": (
        N_("That cannot be done with this mail now: {state}."),
        N_("`postroom outbox` shows what stands there."),
    ),
    "too_many_recipients": (N_("A mail goes to at most {most} people."), N_("Send it to fewer at once.")),
    "too_many_drafts": (
        N_("You have {most} mails that are not sent; there is no room for more."),
        N_("Throw some away."),
    ),
    "too_many_attachments": (N_("At most {most} files go with a mail."), N_("Put some of them into one file.")),
    "attachments_too_large": (
        N_("The files of a mail may have {most} MB together."),
        N_("Send them in several mails, or in another way."),
    ),
    "document_too_large": (
        N_("A document may have {most} MB at most."),
        N_("`postroom config set documents.limit` changes that, for owner and admins."),
    ),
    "document_missing": (
        N_("The file of this document is not in its place any more."),
        N_("Somebody moved or deleted it with another program."),
    ),
    "documents_unwritable": (
        N_("The documents folder cannot be written."),
        N_("Look whether its disk is full, and whether it is a folder of the office's own."),
    ),
    "not_filed": (N_("This mail is filed with no client."), N_("Say the client.")),
    "which_client": (N_("This mail is filed with several clients."), N_("Say the client.")),
    "not_exported": (
        N_("A client is erased only after it was exported."),
        N_("`postroom client export CLIENT DIR` writes a copy of all there is."),
    ),
    "on_hold": (
        N_("A legal hold on this client forbids to remove anything."),
        N_("The owner or an admin can lift it: postroom client hold CLIENT off."),
    ),
    "attachment_broken": (N_("The file did not come whole."), N_("Attach it again.")),
    "bug": (
        N_("Something went wrong in the office; it goes on. Nothing was lost."),
        N_("The log of the office says where; please report it."),
    ),
    "attention": (N_("Something needs attention."), ""),
    "import_path": (
        N_("{path} cannot be read."),
        N_("Give an mbox, a Maildir, a folder of such files or of .eml files, or one .eml file."),
    ),
    "no_setting": (N_("There is no setting “{name}”."), N_("`postroom config get` lists them.")),
    "bad_setting": (N_("{name} cannot be set to that."), N_("It may be: {allowed}.")),
    "bad_key": (
        N_("“{key}” cannot be used as a key."),
        N_("Write a character other than a digit, a name such as enter or ctrl+d, or two one after the other: g i."),
    ),
    "key_taken": (N_("You have given that key to “{action}” already."), N_("Give “{action}” another one first.")),
    "setup_unreadable": (
        N_("{path} cannot be read."),
        N_("Put the file right, or move it away; what was set up in it is then as it was at first."),
    ),
    "no_systemd": (
        N_("Here is no systemd that runs services for you."),
        N_("Let whatever starts your programs run `postroom serve`."),
    ),
    "service_failed": (
        N_("The service could not be set up ({step}): {said}"),
        N_("`systemctl --user status` may say why."),
    ),
    "nothing_set": (N_("That says nothing to set."), N_("`--help` shows what can be set.")),
    "not_confirmed": (N_("That needs your yes."), N_("Use --yes.")),
    "mail_going_out": (N_("Mail is going out through this mailbox right now."), N_("Try again in a minute.")),
    "outbox_held": (N_("Mail that waits to go out from there is held."), N_("`postroom outbox` shows it.")),
    "no_password": (N_("A password is needed."), N_("Use --password-stdin.")),
    "no_server": (
        N_("The server of this address is not known."),
        N_("Name it: --imap HOST[:PORT] and --smtp HOST[:PORT], or --no-send."),
    ),
    "lacks_imap": (
        N_("{provider} offers no IMAP."),
        N_("If a program of theirs does on this machine, name it: --imap 127.0.0.1:PORT --tls none."),
    ),
    "lacks_tls": (
        N_("{provider} offers IMAP without encryption only, which postroom does not use."),
        N_("Ask them for a server with TLS, and name it: --imap HOST[:PORT]."),
    ),
    "hosts_unconfirmed": (
        N_("Only DNS or a guess names these servers, so no password was sent: {hosts}."),
        N_("If they are right, name them: --imap HOST[:PORT] and --smtp HOST[:PORT]."),
    ),
    "no_terminal": (N_("The screens need a terminal."), N_("`postroom --help` lists the commands.")),
    "demo_failed": (N_("The demo could not be set up."), N_("`postroom doctor` says what is wrong here.")),
    "file_exists": (
        N_("There is something called {path} already; nothing was written."),
        N_("Choose another name."),
    ),
    "cannot_write": (N_("{path} cannot be written."), N_("Choose another folder or name.")),
    "sender_has_client": (
        N_("The sender belongs to a client already: {name}. Nothing was done."),
        N_("To another one too: `postroom client add`, then `postroom contact link`."),
    ),
    "sender_is_own": (N_("This is an address of the firm's own: nobody becomes a client by it."), ""),
    "sender_is_automatic": (N_("A machine wrote this mail; it becomes no client."), ""),
    "no_sender_address": (N_("This mail does not say who wrote it."), ""),
    "no_file": (N_("{path} cannot be read."), ""),
    "raw_to_terminal": (
        N_("A raw mail can hold control codes and is not shown on a terminal."),
        N_("Send it to a file, or use --force."),
    ),
}

_CAUSES: Mapping[str, str] = {
    "dns": N_("its name is not known"),
    "other_account": N_("another account signed in; nothing of it is kept"),
    "declined": N_("it was declined there"),
    "code_expired": N_("the time for it is over"),
    "wrong_state": N_("that answers another sign-in"),
    "revoked": N_("the provider no longer accepts the grant"),
    "refused_once": N_("the provider refused it once, and is asked again"),
    "no_refresh": N_("the provider gave no lasting grant"),
    "no_oauth": N_("it takes no sign-in by token"),
    "client_id": N_("the provider does not know the firm's registration"),
    "secret_unknown": N_("what is kept is of a newer version"),
    "keychain_away": N_("the keychain does not answer in this session"),
    "keychain_locked": N_("the keychain is locked"),
    "keychain_timeout": N_("the keychain says nothing"),
    "passphrase_needed": N_("the passphrase was not given since the office started"),
    "key_missing": N_("the key file is missing"),
    "key_wrong": N_("the key does not fit"),
    "key_unsafe": N_("others could read the key file"),
    "file_unsafe": N_("others could change the sealed file"),
    "file_garbled": N_("the sealed file is broken"),
    "file_newer": N_("the sealed file is of a newer version"),
    "tampered": N_("the sealed file was changed"),
    "disk": N_("the disk cannot be read or written"),
    "command_missing": N_("the program is not there"),
    "command_failed": N_("the program failed"),
    "command_timeout": N_("the program did not end"),
    "command_empty": N_("the program printed nothing"),
    "refused_connection": N_("nothing answers at that port"),
    "timeout": N_("it does not answer"),
    "closed": N_("it closed the connection"),
    "bye": N_("it said goodbye"),
    "busy": N_("it is busy"),
    "tls_certificate": N_("its certificate is not trusted"),
    "tls_name": N_("its certificate is for another name"),
    "tls_expired": N_("its certificate has expired"),
    "tls_other": N_("no secure connection could be made"),
    "no_tls_offered": N_("it offers no secure connection"),
    "before_tls": N_("it spoke before the connection was secure"),
    "secret_missing": N_("no password is kept for it"),
    "interrupted": N_("it was interrupted"),
    "unreachable": N_("it cannot be reached from here"),
    "tls_authority": N_("the file of --ca holds no certificate authority"),
    "characters": N_("the login or password has characters that cannot be sent"),
    "not_public": N_("its host is in this server's own network, and the administrator has not named it"),
    "clear_text": N_("a login without TLS is allowed on this machine only"),
    "auth": N_("it offers no way to log in with a password"),
    "bad": N_("it does not understand what was asked"),
    "no": N_("it refused"),
    "no_folder": N_("it has no such folder"),
    "gone": N_("it is no longer there"),
    "renumbered": N_("the folder was made anew, and it is not in it"),
    "too_large": N_("it is too large"),
    "over_quota": N_("the mailbox there is full"),
    "read_only": N_("the folder there cannot be written"),
    "imap_off": N_("IMAP is switched off for this account"),
    "smtp_off": N_("sending is switched off for this account"),
    "needs_app_password": N_("it wants an app password"),
    "paused": N_("it is paused"),
    "receive_only": N_("no sending server is set up for it"),
    "needs_sign_in": N_("it needs sign-in first"),
    "local": N_("it was imported and has no server"),
    "preauth": N_("it claims a login before the connection was secure"),
    "parse": N_("its answers cannot be understood"),
    "literal": N_("its answers cannot be understood"),
    "limit": N_("its answers are too large"),
    "redirect": N_("it sends whoever asks elsewhere"),
    "login": N_("it refused the login"),
    "disabled": N_("it does not allow a login with a password"),
    "plain_refused": N_("a login without TLS is allowed on this machine only"),
    "unknown_recipient": N_("nobody has that address there"),
    "mailbox_full": N_("the mailbox there is full"),
    "policy": N_("its rules refuse it"),
    "smtputf8": N_("it takes no such address"),
    "later": N_("it asks to try later"),
    "sender": N_("it does not let you send from that address"),
    "recipient": N_("it refuses the recipient"),
    "gave_up": N_("two days of trying were in vain"),
    "cancelled": N_("it was taken back"),
    "mailbox_stopped": N_("its mailbox is synced no longer"),
    "not_allowed": N_("you may no longer send it"),
    "bad_sender": N_("the address is no longer yours"),
    "not_composed": N_("no mail can be made of it"),
    "not_begun": N_("the office was busy"),
}


_STATES: Mapping[str, str] = {
    "draft": N_("draft"),
    "held": N_("goes out soon"),
    "scheduled": N_("scheduled"),
    "queued": N_("waiting"),
    "sending": N_("being sent"),
    "sent": N_("sent"),
    "failed": N_("failed"),
    "uncertain": N_("uncertain"),
    "cancelled": N_("taken back"),
    "paused": N_("paused"),
}


def state_word(state: str) -> str:
    """How far a mail on its way is."""
    return _(_STATES[state]) if state in _STATES else plain(state)


def cause(code: str) -> str:
    """A provider's error code as half a sentence; an unknown code as itself."""
    return _(_CAUSES[code]) if code in _CAUSES else plain(code)


def error_words(error: DeskError) -> str:
    """What is wrong and what to do, as one line of a screen."""
    return " ".join(part for part in sentence(error) if part)


def sentence(error: DeskError) -> Sentence:
    """What is wrong and what to do, in the language now spoken."""
    code = "version_screen" if error.arguments.get("restart") == "screen" else error.code
    if (code, error.arguments.get("provider")) == ("no_client_id", "microsoft"):  # it takes no passwords at all
        code = "no_client_id_microsoft"
    wrong, remedy = _DESK.get(code, (N_("That did not work ({code})."), ""))
    arguments = {name: plain(str(value)) for name, value in error.arguments.items()}
    if "cause" in arguments:
        arguments["cause"] = cause(arguments["cause"])
    if "state" in arguments:
        arguments["state"] = state_word(arguments["state"])
    filled = _Filled(arguments, code=plain(error.code))
    return Sentence(_(wrong).format_map(filled), _(remedy).format_map(filled) if remedy else "")


class _Filled(dict[str, str]):
    """A missing argument is left open instead of failing while an error is told."""

    def __init__(self, arguments: Mapping[str, str], *, code: str) -> None:
        super().__init__({"code": code, **arguments})

    def __missing__(self, key: str) -> str:
        return "…"
