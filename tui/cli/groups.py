"""Names and options of all commands, in one place. Nothing that runs is imported before it is called."""

import argparse
from collections.abc import Awaitable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tui.i18n import _

if TYPE_CHECKING:
    from tui.cli.output import Output
    from tui.cli.run import Command

VIEWS = (
    "all", "inbox", "waiting", "cc", "assigned", "unfiled", "ambiguous", "snoozed", "done", "sent", "deleted",
)  # fmt: skip
Parsers = Any  # argparse's type of add_subparsers is private


def _later(module: str, function: str) -> "Command":
    """The command's function, found when it is called."""

    def run(options: argparse.Namespace, output: "Output") -> "Awaitable[int | None] | int | None":
        found: Command = getattr(import_module(f"tui.cli.{module}"), function)
        return found(options, output)

    return run


def _command(
    parsers: Parsers, name: str, help_: str, example: str, run: "Command | None" = None
) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = parsers.add_parser(
        name, help=help_, description=help_, epilog=_("Example: {command}").format(command=f"postroom {example}")
    )
    made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_("print JSON"))
    if run is not None:
        made.set_defaults(run=run)
    return made


def _group(parsers: Parsers, name: str, help_: str, example: str, metavar: str = "COMMAND") -> Parsers:
    made = _command(parsers, name, help_, example)
    return made.add_subparsers(metavar=metavar, required=True)


def _repeatable(command: argparse.ArgumentParser) -> None:
    command.add_argument("--id", metavar="KEY", help=_("a repeat with the same key gives the first answer"))


def _waits(command: argparse.ArgumentParser) -> None:
    command.add_argument("--timeout", type=float, metavar="S", help=_("give up waiting after S seconds"))


def add_to(parsers: Parsers) -> None:
    """Add every command."""
    _office(parsers)
    _config(parsers)
    _mailboxes(parsers)
    _mail(parsers)
    _writing(parsers)
    _notices(parsers)
    _firm(parsers)
    _rules(parsers)


def _office(parsers: Parsers) -> None:
    demo = _command(
        parsers, "demo", _("open a demo firm in a throw-away home"), "demo --no-screen --json", _later("demo", "demo")
    )
    demo.add_argument("--no-screen", action="store_true", help=_("sync, print a summary and leave"))
    _waits(demo)
    serve = _command(
        parsers, "serve", _("run the office in the foreground until stopped"), "serve", _later("office", "serve")
    )
    serve.set_defaults(json=False)
    office = _group(parsers, "office", _("the office at one's side"), "office start", "start|stop|restart|install")
    for name, help_ in (
        ("start", _("start the office")),
        ("stop", _("end the office")),
        ("restart", _("end it and start it anew")),
        ("install", _("let it run as a user service, also when no screen is open")),
    ):
        _waits(_command(office, name, help_, f"office {name}", _later("office", f"office_{name}")))
    status = _command(parsers, "status", _("the office and its mailboxes"), "status --json", _later("office", "status"))
    status.add_argument("--member", metavar="M", help=_("only that member's mailboxes"))
    status.add_argument("--actors", action="store_true", help=_("the office's actors too"))
    _waits(status)
    watch = _command(
        parsers, "watch", _("announcements as they come"), "watch --since 0 --json", _later("watch", "watch")
    )
    watch.add_argument("--since", type=int, metavar="N", help=_("first those after this number"))
    doctor = _command(
        parsers, "doctor", _("check what a support person would ask for"), "doctor", _later("doctor", "doctor")
    )
    doctor.add_argument("address", nargs="?", metavar="ADDRESS", help=_("look at this mailbox's servers too"))


def _config(parsers: Parsers) -> None:
    group = _group(parsers, "config", _("your settings"), "config get", "get|set")
    get = _command(group, "get", _("one setting, or all"), "config get theme", _later("config", "get"))
    get.add_argument("key", nargs="?", metavar="KEY")
    put = _command(
        group, "set", _("set one; without a value, as it was at first"), "config set hold 30", _later("config", "put")
    )
    put.add_argument("key", metavar="KEY")
    put.add_argument("value", nargs="?", metavar="VALUE")
    put.add_argument("--passphrase-stdin", action="store_true", help=_("for secrets: read it from standard input"))
    _repeatable(put)
    _command(parsers, "keys", _("the keys of the screens, with your own"), "keys --json", _later("config", "keys"))


def _mailboxes(parsers: Parsers) -> None:
    names = "add|list|show|set|pause|resume|stop|reset|share|unshare|reauth|finish"
    group = _group(parsers, "mailbox", _("synced mailboxes"), "mailbox list", names)
    add = _command(
        group, "add", _("sync a mailbox"),
        "mailbox add ana@firm.example --password-stdin < secret",
        _later("mailboxes", "add"),
    )  # fmt: skip
    add.add_argument("address", metavar="ADDRESS")
    add.add_argument("--member", metavar="M", help=_("whose mailbox it is (default: yours)"))
    add.add_argument("--imap", metavar="HOST[:PORT]", help=_("the server mail comes from (default: found)"))
    add.add_argument("--smtp", metavar="HOST[:PORT]", help=_("the server mail is sent through (default: found)"))
    add.add_argument(
        "--tls", choices=("ssl", "starttls", "none"), help=_("how the connection is secured (none: this machine only)")
    )
    add.add_argument("--login", metavar="NAME", help=_("login name (default: the address)"))
    _signs_in(add)
    add.add_argument("--ca", metavar="FILE", help=_("trust this certificate authority too"))
    add.add_argument("--authserv-id", metavar="NAME", help=_("believe this server's word on who sent a mail"))
    add.add_argument("--no-send", action="store_true", help=_("receive only"))
    _copied(add, scope="whole", history="12m")
    add.add_argument("--preview", action="store_true", help=_("only count what it would bring, and keep nothing"))
    _repeatable(add)
    _waits(add)
    _command(group, "list", _("all mailboxes you are a member of"), "mailbox list", _later("mailboxes", "listed"))
    for name, help_ in (
        ("show", _("one mailbox")),
        ("pause", _("stop looking for mail")),
        ("resume", _("look for mail again")),
    ):
        one = _command(group, name, help_, f"mailbox {name} ana@firm.example", _later("mailboxes", name))
        one.add_argument("address", metavar="ADDRESS")
    put = _command(
        group, "set", _("change what a mailbox is set to"),
        "mailbox set ana@firm.example --history all --scope clients",
        _later("boxes", "set_"),
    )  # fmt: skip
    put.add_argument("address", metavar="ADDRESS")
    _copied(put)
    others = put.add_mutually_exclusive_group()
    others.add_argument(
        "--shared", action="append", metavar="FOLDER", help=_("of others' folders sync these, and no others")
    )
    others.add_argument("--no-shared", action="store_true", help=_("sync none of others' folders"))
    _set_up(put)
    _repeatable(put)
    _ends(group)
    _sign_in(group)
    provider = _group(
        parsers, "provider", _("mail providers and their servers"), "provider find ana@firm.example", "find|list|set"
    )
    _providers(provider)
    find = _command(
        provider, "find", _("the servers of an address, and who says so"), "provider find ana@firm.example --json",
        _later("finding", "find"),
    )  # fmt: skip
    find.add_argument("address", metavar="ADDRESS")
    sync = _command(parsers, "sync", _("look for mail now"), "sync --wait", _later("mailboxes", "sync"))
    sync.add_argument("addresses", nargs="*", metavar="ADDRESS")
    sync.add_argument("--wait", action="store_true", help=_("return when all that is wanted is in"))
    _waits(sync)
    audit = _command(parsers, "audit", _("compare server and store"), "audit --json", _later("mailboxes", "audit"))
    audit.add_argument("addresses", nargs="*", metavar="ADDRESS")
    audit.add_argument("--all", action="store_true", help=_("folders that are not copied too"))
    _waits(audit)
    bring = _command(
        parsers,
        "import",
        _("bring in an mbox, a Maildir or .eml files"),
        "import archive.mbox --mailbox old",
        _later("importing", "bring"),
    )
    bring.add_argument("paths", nargs="+", metavar="PATH")
    bring.add_argument("--mailbox", required=True, metavar="NAME", help=_("the local mailbox, made if it is new"))
    _repeatable(bring)


def _signs_in(command: argparse.ArgumentParser) -> None:
    how = command.add_mutually_exclusive_group()
    how.add_argument("--password-stdin", action="store_true", help=_("read the password from standard input"))
    how.add_argument("--password-command", metavar="CMD", help=_("a program that prints the password (no shell)"))
    how.add_argument("--token-command", metavar="CMD", help=_("a program that prints an access token (no shell)"))
    how.add_argument("--oauth", action="store_true", help=_("sign in at the provider"))
    command.add_argument(
        "--provider", choices=("microsoft", "google", "openid"), help=_("whose sign-in (default: the server's)")
    )
    command.add_argument("--way", choices=("device", "browser", "paste"), help=_("how to sign in at the provider"))
    command.add_argument("--account", metavar="NAME", help=_("who signs in, if not the login (a shared mailbox)"))
    command.add_argument("--begin", action="store_true", help=_("print what to open, and end; mailbox finish goes on"))


def _sign_in(group: Parsers) -> None:
    again = _command(
        group, "reauth", _("sign a mailbox in again"), "mailbox reauth ana@firm.example --oauth",
        _later("sign_in", "reauth"),
    )  # fmt: skip
    again.add_argument("address", metavar="ADDRESS")
    _signs_in(again)
    _repeatable(again)
    _waits(again)
    finish = _command(
        group, "finish", _("end a sign-in that --begin began"), "mailbox finish SIGN_IN --redirect-stdin < address",
        _later("sign_in", "finish"),
    )  # fmt: skip
    finish.add_argument("sign_in", metavar="SIGN_IN")
    finish.add_argument("--redirect-stdin", action="store_true", help=_("read the address at which the browser ended"))
    _repeatable(finish)
    _waits(finish)


def _providers(provider: Parsers) -> None:
    _command(
        provider, "list", _("the firm's registrations with providers"), "provider list",
        _later("sign_in", "provider_list"),
    )  # fmt: skip
    put = _command(
        provider, "set", _("register the firm's own client id"),
        "provider set microsoft --client-id 00000000-0000-0000-0000-000000000000 --tenant firm.example",
        _later("sign_in", "provider_set"),
    )  # fmt: skip
    put.add_argument("name", choices=("microsoft", "google", "openid"), metavar="microsoft|google|openid")
    put.add_argument("--client-id", required=True, metavar="ID", help=_("as the provider gave it; empty: forget it"))
    put.add_argument("--tenant", default="common", metavar="NAME", help=_("Microsoft's name of the firm"))
    put.add_argument("--authority", metavar="URL", help=_("another address of the provider (https)"))
    put.add_argument("--ca", metavar="FILE", help=_("trust this certificate authority for it too"))
    put.add_argument("--secret-stdin", action="store_true", help=_("read the client secret from standard input"))
    _repeatable(put)


def _set_up(put: argparse.ArgumentParser) -> None:
    for name, help_ in (
        ("--save-attachments", _("save Office documents, PDFs and images of clients' mail by itself")),
        ("--on-behalf", _("let team members reply on your behalf")),
    ):
        put.add_argument(name, choices=("on", "off"), help=help_)
    put.add_argument("--signature", metavar="FILE", help=_("Markdown or HTML, - for standard input; empty: none"))
    put.add_argument("--name", metavar="N", help=_("what stands beside the address; empty: its member's name"))
    put.add_argument(
        "--for", dest="own", metavar="A", help=_("signature and name are this one's alone, an alias perhaps")
    )
    put.add_argument("--alias", action="append", metavar="A", help=_("an address that is yours too"))
    put.add_argument("--no-alias", action="append", metavar="A", help=_("no longer yours"))
    put.add_argument("--never-sync", action="append", metavar="X", help=_("an address or domain that is left out"))
    put.add_argument("--no-never-sync", action="append", metavar="X", help=_("no longer left out"))
    put.add_argument("--no-send", action="store_true", help=_("receive only"))
    put.add_argument(
        "--authserv-id", metavar="NAME", help=_("believe this server's word on who sent a mail; empty: nobody's")
    )


def _ends(group: Parsers) -> None:
    for name, help_ in (
        ("stop", _("end its sync; what is filed stays")),
        ("reset", _("sync it afresh; what is filed stays")),
    ):
        one = _command(group, name, help_, f"mailbox {name} ana@firm.example", _later("boxes", name))
        one.add_argument("address", metavar="ADDRESS")
        if name == "stop":
            one.add_argument("--yes", action="store_true", help=_("do not ask"))
        _repeatable(one)
    for name, help_ in (
        ("share", _("let another member sync it too")),
        ("unshare", _("a member leaves it; the last one ends its sync")),
    ):
        one = _command(group, name, help_, f"mailbox {name} info@firm.example Tom", _later("boxes", name))
        one.add_argument("address", metavar="ADDRESS")
        one.add_argument("member", metavar="MEMBER")
        _repeatable(one)


def _copied(command: argparse.ArgumentParser, *, scope: str | None = None, history: str | None = None) -> None:
    command.add_argument("--history", default=history, metavar="12m|all|DATE", help=_("how far back mail is copied"))
    command.add_argument(
        "--scope",
        choices=("clients", "headers", "whole"),
        default=scope,
        help=_("headers: whole copies of client mail only; clients: of other mail nothing at all"),
    )


def _mail(parsers: Parsers) -> None:
    threads = _command(
        parsers, "threads", _("threads, newest first"), "threads --client Olmo --json", _later("mail", "threads")
    )
    threads.add_argument("query", nargs="*", metavar="QUERY")
    threads.add_argument("--client", metavar="C")
    threads.add_argument("--view", metavar="NAME", choices=VIEWS, default=VIEWS[0], help=", ".join(VIEWS))
    threads.add_argument("--limit", type=int, metavar="N")
    search = _command(
        parsers,
        "search",
        _("emails, newest first"),
        "search 'from:olmo after:2026-01 invoice'",
        _later("mail", "search"),
    )
    search.add_argument("query", nargs="*", metavar="QUERY")
    search.add_argument("--limit", type=int, metavar="N")
    show = _command(
        parsers,
        "show",
        _("one email, or a file, as a person would read it"),
        "show message.eml --text",
        _later("mail", "show"),
    )
    show.add_argument("email", metavar="EMAIL|FILE.eml")
    how = show.add_mutually_exclusive_group()
    how.add_argument("--text", action="store_true", help=_("only its text"))
    how.add_argument("--raw", action="store_true", help=_("the bytes as received"))
    show.add_argument("--force", action="store_true", help=_("raw bytes even to a terminal"))
    _waits(show)
    why = _command(parsers, "why", _("why an email is filed where it is"), "why EMAIL", _later("mail", "why"))
    why.add_argument("email", metavar="EMAIL")
    file = _command(parsers, "file", _("file by hand"), "file --thread THREAD Olmo", _later("mail", "file"))
    file.add_argument("email", nargs="?", metavar="EMAIL")
    file.add_argument("client", nargs="?", metavar="CLIENT")
    file.add_argument("--thread", metavar="T", help=_("the whole thread"))
    file.add_argument("--always", action="store_true", help=_("always for this sender"))
    file.add_argument("--nowhere", action="store_true", help=_("file it with no client"))
    _repeatable(file)
    _repeatable(_command(parsers, "undo", _("take the last act back"), "undo", _later("mail", "undo")))
    mark = _command(parsers, "mark", _("mark emails"), "mark EMAIL --read", _later("mail", "mark"))
    mark.add_argument("emails", nargs="+", metavar="EMAIL")
    for yes, no in (("read", "unread"), ("star", "unstar")):
        pair = mark.add_mutually_exclusive_group()
        pair.add_argument(f"--{yes}", action="store_true")
        pair.add_argument(f"--{no}", action="store_true")
    _repeatable(mark)
    for name, help_, module in (
        ("archive", _("move emails to the archive"), "mail"),
        ("delete", _("move emails to the trash"), "mail"),
        ("spam", _("move emails to the spam folder"), "acts"),
        ("unspam", _("bring emails back from the spam folder"), "acts"),
    ):
        act = _command(parsers, name, help_, f"{name} EMAIL", _later(module, name))
        act.add_argument("emails", nargs="*" if name == "unspam" else "+", metavar="EMAIL")
        if name == "unspam":
            act.add_argument("--notice", action="append", metavar="N", help=_("what this notice says lies in spam"))
        _repeatable(act)
    move = _command(parsers, "move", _("move emails to a folder"), "move EMAIL --to Projects", _later("mail", "move"))
    move.add_argument("emails", nargs="+", metavar="EMAIL")
    move.add_argument("--to", required=True, metavar="FOLDER")
    _repeatable(move)
    for name, help_ in (
        ("done", _("nothing is left to do for this thread")),
        ("reopen", _("it is to be answered again")),
    ):
        act = _command(parsers, name, help_, f"{name} THREAD", _later("mail", name))
        act.add_argument("thread", metavar="THREAD")
        _repeatable(act)
    private = _command(
        parsers, "private", _("keep a thread to its mailboxes' members"), "private THREAD", _later("members", "private")
    )
    private.add_argument("thread", metavar="THREAD")
    private.add_argument("--off", action="store_true", help=_("shared again, as it is filed"))
    _repeatable(private)
    _shared(parsers)
    attachment = _group(parsers, "attachment", _("files that came with mail"), "attachment save EMAIL 1", "save")
    save = _command(
        attachment,
        "save",
        _("save one attachment, by its number in `show`"),
        "attachment save EMAIL 1 deed.pdf",
        _later("attachment", "save_part"),
    )
    save.add_argument("email", metavar="EMAIL")
    save.add_argument("n", type=int, metavar="N")
    save.add_argument("file", nargs="?", metavar="FILE", help=_("a new file, a folder, or - for standard output"))
    save.add_argument("--force", action="store_true", help=_("raw bytes even to a terminal"))
    save.add_argument("--client", metavar="C", help=_("keep it among this client's documents"))
    _repeatable(save)
    _waits(save)
    _documents(parsers)


def _keeping(client: Parsers) -> None:
    """Export, hold, erase."""
    export = _command(
        client, "export", _("write all that you see of a client into a folder, or check one"),
        "client export Olmo ./olmo-2026", _later("exporting", "export"),
    )  # fmt: skip
    export.add_argument("client", nargs="?", metavar="CLIENT")
    export.add_argument("folder", nargs="?", metavar="DIR", help=_("new, or empty"))
    export.add_argument("--verify", metavar="DIR", help=_("whether every file is as it was exported (needs no office)"))
    _repeatable(export)
    hold = _command(
        client, "hold", _("forbid to remove anything of a client, or allow it again"), "client hold Olmo on",
        _later("exporting", "hold"),
    )  # fmt: skip
    hold.add_argument("client", metavar="CLIENT")
    hold.add_argument("switch", choices=("on", "off"), metavar="on|off")
    _repeatable(hold)


def _erase(client: Parsers) -> None:
    erase = _command(
        client, "erase", _("erase a client for good, after an export"), "client erase Olmo --yes",
        _later("exporting", "erase"),
    )  # fmt: skip
    erase.add_argument("client", metavar="CLIENT")
    erase.add_argument("--yes", action="store_true", help=_("it is meant: nothing takes it back"))
    _repeatable(erase)


def _documents(parsers: Parsers) -> None:
    group = _group(
        parsers, "document", _("a client's documents"), "document list Olmo", "list|get|add|rename|move|delete"
    )
    several = _command(group, "list", _("a client's documents"), "document list Olmo", _later("documents", "listed"))
    several.add_argument("client", nargs="?", metavar="CLIENT", help=_("with --text: of all clients, if none is named"))
    several.add_argument("--text", metavar="WORDS", help=_("those with these words in their name or text"))
    several.add_argument("--limit", type=int, default=50, metavar="N", help=_("at most N found (50)"))
    get = _command(
        group, "get", _("a copy of one, in a file of yours"), "document get DOCUMENT deed.pdf",
        _later("documents", "get"),
    )  # fmt: skip
    get.add_argument("document", metavar="DOCUMENT")
    get.add_argument("file", nargs="?", metavar="FILE", help=_("a new file, a folder, or - for standard output"))
    get.add_argument("--force", action="store_true", help=_("raw bytes even to a terminal"))
    add = _command(group, "add", _("keep files for a client"), "document add Olmo deed.pdf", _later("documents", "add"))
    add.add_argument("client", metavar="CLIENT")
    add.add_argument("files", nargs="+", metavar="FILE")
    add.add_argument("--name", metavar="NAME", help=_("what it is to be called"))
    _repeatable(add)
    for name, what, help_ in (
        ("rename", "NAME", _("call it otherwise")),
        ("move", "CLIENT", _("give it to another client")),
        ("delete", "", _("delete it; undo brings it back within a day")),
    ):
        act = _command(group, name, help_, f"document {name} DOCUMENT {what}".strip(), _later("documents", name))
        act.add_argument("document", metavar="DOCUMENT")
        if what:
            act.add_argument(what.lower(), metavar=what)
        _repeatable(act)


def _shared(parsers: Parsers) -> None:
    comment = _command(
        parsers,
        "comment",
        _("an internal word on a thread, from standard input"),
        "comment THREAD < text",
        _later("acts", "comment"),
    )
    comment.add_argument("thread", metavar="THREAD")
    _repeatable(comment)
    assign = _command(
        parsers, "assign", _("say who answers for a thread"), "assign THREAD Tom", _later("acts", "assign")
    )
    assign.add_argument("thread", metavar="THREAD")
    assign.add_argument("member", nargs="?", metavar="MEMBER")
    assign.add_argument("--nobody", action="store_true", help=_("take it from whoever has it"))
    _repeatable(assign)
    snooze = _command(
        parsers,
        "snooze",
        _("put a thread out of your sight until later"),
        "snooze THREAD --until tomorrow",
        _later("acts", "snooze"),
    )
    snooze.add_argument("thread", metavar="THREAD")
    snooze.add_argument(
        "--until",
        required=True,
        metavar="T",
        help=_("2h, 3d, tomorrow, monday 9:30, a date; none: no longer"),
    )
    _repeatable(snooze)


def _writing(parsers: Parsers) -> None:
    send = _command(
        parsers,
        "send",
        _("send the mail that stands on standard input"),
        "send --from ana@firm.example --to 'Olmo <olmo@example.org>' --subject Deed --attach deed.pdf < body",
        _later("writing", "send"),
    )
    send.add_argument("--from", dest="from_", metavar="ADDRESS", help=_("an address of yours"))
    for name in ("to", "cc", "bcc"):
        send.add_argument(f"--{name}", nargs="+", action="extend", default=[], metavar="A")
    send.add_argument("--subject", metavar="S")
    send.add_argument("--attach", nargs="+", action="extend", default=[], metavar="FILE", help=_("files to go with it"))
    send.add_argument(
        "--reply-to", metavar="EMAIL", help=_("answer this email; recipients and subject are its, if not given")
    )
    send.add_argument("--hold", type=int, metavar="S", help=_("hold it for S seconds, so that it can be taken back"))
    send.add_argument("--no-signature", action="store_true", help=_("without a signature"))
    _repeatable(send)
    outbox = _command(parsers, "outbox", _("drafts, and mail on its way"), "outbox --json", _later("writing", "outbox"))
    acts = outbox.add_subparsers(metavar="list|cancel|retry|resolve")
    _command(acts, "list", _("drafts, and mail on its way"), "outbox list", _later("writing", "outbox"))
    for name, help_ in (
        ("cancel", _("take back what is not being sent")),
        ("retry", _("try failed mail again")),
        ("resolve", _("say what became of uncertain mail")),
    ):
        example = f"outbox {name} ID" + " sent" * (name == "resolve")
        act = _command(acts, name, help_, example, _later("writing", name))
        act.add_argument("outbox", metavar="ID")
        if name == "resolve":
            act.add_argument("answer", choices=("sent", "again"), metavar="sent|again")
        _repeatable(act)


def _notices(parsers: Parsers) -> None:
    notices = _command(
        parsers, "notices", _("Inbox+: what you are told"), "notices --json", _later("notices", "listed")
    )
    notices.add_argument("act", nargs="?", choices=("archive", "later", "never"), metavar="archive|later|never")
    notices.add_argument("notice", nargs="?", metavar="ID")
    notices.add_argument("--all", action="store_true", help=_("archived ones too"))
    _repeatable(notices)


def _rules(parsers: Parsers) -> None:
    group = _group(parsers, "rule", _("rules for filing"), "rule list", "add|list|remove|dry-run")
    add = _command(
        group, "add", _("file what meets a rule, past mail too"),
        "rule add newsletters Olmo --list news.olmo.example", _later("ruling", "add"),
    )  # fmt: skip
    add.add_argument("name", metavar="NAME")
    add.add_argument("client", metavar="CLIENT")
    _conditions(add)
    add.add_argument("--place", type=int, metavar="N", help=_("among your rules, from 1 (default: behind them)"))
    _repeatable(add)
    _command(group, "list", _("your rules, in their order"), "rule list", _later("ruling", "listed"))
    remove = _command(group, "remove", _("take a rule away"), "rule remove newsletters", _later("ruling", "remove"))
    remove.add_argument("name", metavar="NAME")
    _repeatable(remove)
    trial = _command(
        group, "dry-run", _("what a rule would have done to past mail"), "rule dry-run Olmo --subject invoice",
        _later("ruling", "dry_run"),
    )  # fmt: skip
    trial.add_argument("client", metavar="CLIENT")
    _conditions(trial)
    trial.add_argument("--limit", type=int, default=10, metavar="N", help=_("show so many examples"))


def _conditions(command: argparse.ArgumentParser) -> None:
    for name, dest, metavar, help_ in (
        ("from", "senders", "ADDRESS", _("who wrote it")),
        ("to", "recipients", "ADDRESS", _("whom it is to, or for copy")),
        ("domain", "domains", "DOMAIN", _("of anybody in From, To or Cc")),
        ("subject", "subject", "WORDS", _("words that all stand in the subject")),
        ("list", "lists", "LIST-ID", _("the mailing list")),
        ("attachment", "attachments", "NAME", _("a part of a file's name, or a pattern like *.pdf")),
    ):
        command.add_argument(f"--{name}", dest=dest, action="append", metavar=metavar, help=help_)


def _firm(parsers: Parsers) -> None:
    client = _group(
        parsers, "client", _("clients"), "client list", "add|list|show|rename|tag|domain|merge|access|wall|suggest|from"
    )
    add = _command(
        client,
        "add",
        _("add a client"),
        "client add 'Olmo Bakery' --contact 'Ana Olmo <ana@olmo.example>'",
        _later("firm", "client_add"),
    )
    add.add_argument("name", metavar="NAME")
    add.add_argument(
        "--contact", action="append", default=[], metavar="'Name <a@b>'", help=_("a contact of it; may be repeated")
    )
    _repeatable(add)
    listed = _command(client, "list", _("the clients you may see"), "client list", _later("people", "client_list"))
    listed.add_argument("text", nargs="?", metavar="WORDS", help=_("only those with these words in name or tags"))
    one = _command(
        client, "show", _("one client with its contacts"), "client show Olmo", _later("people", "client_show")
    )
    one.add_argument("client", metavar="CLIENT")
    _on_clients(client)
    _walls(client)
    _noting(client)
    _first_clients(client)
    _keeping(client)
    _erase(client)
    contact = _group(
        parsers,
        "contact",
        _("contacts and their links to clients"),
        "contact link ana@olmo.example Olmo",
        "add|list|show|rename|address|link|unlink|sync|notify|merge|remove|import",
    )
    add = _command(
        contact, "add", _("add a contact"), "contact add 'Ana Olmo <ana@olmo.example>'", _later("firm", "contact_add")
    )
    add.add_argument("contact", metavar="'Name <a@b>'")
    add.add_argument("addresses", nargs="*", metavar="ADDRESS", help=_("further addresses"))
    add.add_argument("--client", metavar="C", help=_("link it to this client"))
    _repeatable(add)
    listed = _command(contact, "list", _("the contacts you may see"), "contact list", _later("people", "contact_list"))
    listed.add_argument("text", nargs="?", metavar="WORDS", help=_("only those with these words in name or addresses"))
    listed.add_argument("--client", metavar="C", help=_("only this client's"))
    _on_contacts(contact)
    for name, help_ in (("link", _("link an address's contact to a client")), ("unlink", _("take the link away"))):
        act = _command(contact, name, help_, f"contact {name} ana@olmo.example Olmo", _later("firm", f"contact_{name}"))
        act.add_argument("address", metavar="ADDRESS")
        act.add_argument("client", metavar="CLIENT")
        _repeatable(act)
    switch = _command(
        contact,
        "sync",
        _("file an address's mail with a client, or stop"),
        "contact sync off ana@olmo.example --client Olmo",
        _later("firm", "contact_sync"),
    )
    switch.add_argument("switch", choices=("on", "off"), metavar="on|off")
    switch.add_argument("address", metavar="ADDRESS")
    switch.add_argument("--client", required=True, metavar="C")
    _repeatable(switch)

    member = _group(parsers, "member", _("members of the firm"), "member list", "add|list|role|access|away|leave")
    add = _command(member, "add", _("add a member"), "member add 'Tom Holt' --role admin", _later("firm", "member_add"))
    add.add_argument("name", metavar="NAME")
    add.add_argument("--user", metavar="LOGIN", help=_("their login on this machine"))
    add.add_argument("--role", choices=("admin", "employee"), default="employee")
    _repeatable(add)
    listed = _command(member, "list", _("the members"), "member list --sync", _later("firm", "member_list"))
    listed.add_argument("--sync", action="store_true", help=_("how their mailboxes sync"))
    access = _command(
        member,
        "access",
        _("which clients a member sees, and their rights"),
        "member access Tom --give Olmo",
        _later("members", "access"),
    )
    access.add_argument("member", metavar="MEMBER")
    access.add_argument("--give", action="append", default=[], metavar="CLIENT")
    access.add_argument("--take", action="append", default=[], metavar="CLIENT")
    access.add_argument("--rights", metavar="A,B", help=_("all the rights they shall have, by name; '' for none"))
    _repeatable(access)
    _on_members(member)
    leave = _command(
        member,
        "leave",
        _("a member leaves; their mailboxes end, what is filed stays"),
        "member leave Tom --pass-to Ana",
        _later("boxes", "leave"),
    )
    leave.add_argument("member", metavar="M")
    leave.add_argument("--pass-to", required=True, metavar="N", help=_("who gets their threads and clients"))
    _repeatable(leave)

    journal = _command(parsers, "journal", _("what was done, by whom"), "journal --verify", _later("firm", "journal"))
    journal.add_argument("head", nargs="?", choices=("head",), metavar="head", help=_("only the last entry's hash"))
    journal.add_argument("--verify", action="store_true", help=_("check the chain; names the first broken entry"))
    journal.add_argument("--client", metavar="CLIENT", help=_("only what concerns a client"))
    journal.add_argument("--member", metavar="MEMBER", help=_("only what a member did"))


def _on_members(member: Parsers) -> None:
    role = _command(
        member, "role", _("another role; owner hands the firm over"), "member role Tom admin", _later("members", "role")
    )
    role.add_argument("member", metavar="MEMBER")
    role.add_argument("role", choices=("owner", "admin", "employee"), metavar="owner|admin|employee")
    role.add_argument("--yes", action="store_true", help=_("do not ask before the firm is handed over"))
    _repeatable(role)
    away = _command(
        member, "away", _("away until a date, with a deputy"), "member away me --until 2026-12-01 --deputy Tom",
        _later("members", "away"),
    )  # fmt: skip
    away.add_argument("member", metavar="MEMBER|me")
    away.add_argument("--until", metavar="T", help=_("a date, a day, or how long"))
    away.add_argument("--deputy", metavar="M", help=_("who gets new threads to answer"))
    away.add_argument("--back", action="store_true", help=_("here again"))
    _repeatable(away)


def _walls(client: Parsers) -> None:
    wall = _command(
        client, "wall", _("deny a member this client, whatever their role"), "client wall Olmo Tom",
        _later("members", "wall"),
    )  # fmt: skip
    wall.add_argument("client", metavar="CLIENT")
    wall.add_argument("member", metavar="MEMBER")
    wall.add_argument("--remove", action="store_true", help=_("lift it"))
    _repeatable(wall)
    access = _command(
        client, "access", _("who may see a client"), "client access Olmo --give Tom", _later("members", "client_access")
    )
    access.add_argument("client", metavar="CLIENT")
    access.add_argument("--give", action="append", default=[], metavar="MEMBER")
    access.add_argument("--take", action="append", default=[], metavar="MEMBER")
    _repeatable(access)


def _first_clients(client: Parsers) -> None:
    suggest = _command(
        client,
        "suggest",
        _("people you write with both ways who are no clients yet"),
        "client suggest --json",
        _later("firm", "client_suggest"),
    )
    suggest.add_argument("--limit", type=int, default=200, metavar="N")
    made = _command(
        client,
        "from",
        _("make a client of an email's sender, or add their address to one"),
        "client from EMAIL --name 'Olmo Bakery'",
        _later("firm", "client_from"),
    )
    made.add_argument("email", metavar="EMAIL")
    which = made.add_mutually_exclusive_group()
    which.add_argument("--name", metavar="N", help=_("what to call it (default: as the sender is called)"))
    which.add_argument("--client", metavar="C", help=_("add the address to this client"))
    _repeatable(made)


class _Words(argparse.Action):
    """Words with + or - before them, to the end of the line: those with - are no options, those with -- are."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,  # noqa: ANN401 - argparse's own
        option_string: str | None = None,
    ) -> None:
        left, words = list(values), list[str]()
        while left:
            word = left.pop(0)
            if word == "--json":
                namespace.json = True
            elif word == "--id" and left:
                namespace.id = left.pop(0)
            elif word.startswith("--id="):
                namespace.id = word.removeprefix("--id=")
            elif word[:1] in ("+", "-") and len(word) > 1 and not word.startswith("--"):
                words.append(word)
            else:
                parser.error(_("a tag is said as +word or -word, not {word}").format(word=word))
        namespace.words = words


def _noting(client: Parsers) -> None:
    note = _command(
        client,
        "note",
        _("write down about a client what standard input says"),
        "client note Olmo < text",
        _later("noting", "client_note"),
    )
    note.add_argument("client", metavar="CLIENT")
    which = note.add_mutually_exclusive_group()
    which.add_argument("--note", metavar="NOTE", help=_("another wording of that note"))
    which.add_argument("--remove", metavar="NOTE", help=_("take that note away"))
    _repeatable(note)
    notes = _command(
        client,
        "notes",
        _("what the firm wrote down about a client"),
        "client notes Olmo",
        _later("noting", "client_notes"),
    )
    notes.add_argument("client", metavar="CLIENT")
    activity = _command(
        client,
        "activity",
        _("what was done for a client, newest first"),
        "client activity Olmo",
        _later("noting", "client_activity"),
    )
    activity.add_argument("client", metavar="CLIENT")
    activity.add_argument("--limit", type=int, default=100, metavar="N", help=_("at most so many"))


def _on_clients(client: Parsers) -> None:
    act = _command(
        client,
        "rename",
        _("call a client otherwise"),
        "client rename Olmo 'Olmo Bakery'",
        _later("people", "client_rename"),
    )
    act.add_argument("client", metavar="CLIENT")
    act.add_argument("name", metavar="NAME")
    _repeatable(act)
    act = _command(
        client,
        "tag",
        _("put words on a client, or take them away"),
        "client tag Olmo +vip -prospect",
        _later("people", "client_tag"),
    )
    _repeatable(act)
    act.add_argument("client", metavar="CLIENT")
    act.add_argument("words", nargs=argparse.REMAINDER, action=_Words, metavar="+WORD|-WORD")
    act = _command(
        client,
        "domain",
        _("file a domain's mail with a client where nothing stronger says where"),
        "client domain Olmo add olmo.example",
        _later("people", "client_domain"),
    )
    act.add_argument("client", metavar="CLIENT")
    act.add_argument("change", choices=("add", "remove"), metavar="add|remove")
    act.add_argument("domain", metavar="DOMAIN")
    _repeatable(act)
    act = _command(
        client,
        "merge",
        _("make two clients one: everything of the first becomes the other's"),
        "client merge 'Olmo Ltd' Olmo",
        _later("people", "client_merge"),
    )
    act.add_argument("client", metavar="CLIENT")
    act.add_argument("into", metavar="INTO")
    _repeatable(act)


def _on_contacts(contact: Parsers) -> None:
    one = _command(
        contact,
        "show",
        _("one contact with its addresses and clients"),
        "contact show ana@olmo.example",
        _later("people", "contact_show"),
    )
    one.add_argument("contact", metavar="CONTACT", help=_("an address of it, or its id"))
    for name, help_, example, more in (
        ("rename", _("call a contact otherwise"), "rename ana@olmo.example 'Ana Olmo'", ("name", "NAME")),
        ("merge", _("make two contacts one"), "merge ana@home.example ana@olmo.example", ("into", "INTO")),
        ("remove", _("take away a contact that no client has"), "remove ana@olmo.example", None),
    ):
        act = _command(contact, name, help_, f"contact {example}", _later("people", f"contact_{name}"))
        act.add_argument("contact", metavar="CONTACT")
        if more is not None:
            act.add_argument(more[0], metavar=more[1])
        _repeatable(act)
    act = _command(
        contact,
        "address",
        _("an address more or less of a contact"),
        "contact address add ana@olmo.example ana@home.example",
        _later("people", "contact_address"),
    )
    act.add_argument("change", choices=("add", "remove"), metavar="add|remove")
    act.add_argument("contact", nargs="?", metavar="CONTACT", help=_("whose it becomes"))
    act.add_argument("address", metavar="ADDRESS")
    _repeatable(act)
    act = _command(
        contact,
        "notify",
        _("send an address the firm's system mail for a client, or stop"),
        "contact notify off ana@olmo.example --client Olmo",
        _later("people", "contact_notify"),
    )
    act.add_argument("switch", choices=("on", "off"), metavar="on|off")
    act.add_argument("address", metavar="ADDRESS")
    act.add_argument("--client", required=True, metavar="C")
    _repeatable(act)
    act = _command(
        contact,
        "import",
        _("bring in the contacts of a CSV, vCard or LDIF file"),
        "contact import people.csv --map client=Company --dry-run",
        _later("people_import", "contact_import"),
    )
    act.add_argument("file", metavar="FILE")
    act.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="ROLE=COLUMN",
        help=_("what a column is: name, first, last, email or client; by its name or number; may be repeated"),
    )
    act.add_argument("--encoding", metavar="NAME", help=_("how the file was saved, if it is not found"))
    act.add_argument("--dry-run", action="store_true", help=_("say what would be done with each line, keep nothing"))
    _repeatable(act)
