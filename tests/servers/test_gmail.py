r"""A mailbox of Gmail's kind: its mail is in All Mail, and labels say where people see it. The office and another
program act on one rehearsal server; what only Gmail does is what that does (tests/servers/test_rehearsal_gmail.py).
"""

from collections.abc import Iterator

import pytest

from tests.support.gmail import ALL, SENT, SPAM, TRASH, USER, Gmail
from tests.support.home import short_folder
from tests.support.two_programs import ADDRESS, Conflict

pytestmark = pytest.mark.timeout(180)

YEAR = "A&APE-o/2026 (viejo)"


@pytest.fixture(scope="module")
def gmail() -> Iterator[Gmail]:
    made = Gmail()
    with made.server:
        yield made


@pytest.fixture(scope="module")
def firm(gmail: Gmail) -> Iterator[Conflict]:
    with Conflict(gmail, short_folder()) as made:
        yield made


def places(firm: Conflict, token: str) -> tuple[str, set[str], set[str]] | None:
    """Where the office shows a mail: the one folder, its labels, its flags."""
    row = firm.row(token)
    shown = [] if row is None else [one for one in row["sightings"] if not one["gone"]]
    assert len(shown) <= 1, shown
    return (shown[0]["folder"], set(shown[0]["labels"]), set(shown[0]["flags"])) if shown else None


def labelled(firm: Conflict, token: str, *names: str) -> bool:
    """Whether the office shows it in All Mail under these labels, and the server in these folders."""
    found = places(firm, token)
    decoded = {"Año/2026 (viejo)" if name == YEAR else name for name in names}
    return found is not None and found[:2] == (ALL, decoded) and set(firm.on_server(token)) == {ALL, *names}


def stores(gmail: Gmail, since: int) -> list[bytes]:
    return [line.line.split(b" ", 4)[-1] for line in gmail.server.heard[since:] if line.verb == "UID STORE"]


def bodies_of(gmail: Gmail) -> set[str]:
    """The folders of which bodies were read."""
    found, opened = set(), {}
    for line in gmail.server.heard:
        if line.verb in ("EXAMINE", "SELECT"):
            opened[line.connection] = line.line.split(b" ")[2].strip(b'"').decode()
        elif b"BODY.PEEK[]" in line.line:
            found.add(opened[line.connection])
    return found


# ---------------------------------------------------------------- looking
def test_a_mail_is_in_all_mail_once_and_shown_under_its_labels(gmail: Gmail, firm: Conflict) -> None:
    token = firm.arrives()
    firm.other.move(ALL, firm.uid(token, ALL), "Work")
    firm.other.move(ALL, firm.uid(token, ALL), YEAR)
    firm.sync()
    assert labelled(firm, token, "INBOX", "Work", YEAR)
    for word in ("inbox", "work", "ano"):
        assert token in {row["subject"].split()[-1] for row in firm.cli.rows("search", f"in:{word}")}
    assert token not in {row["subject"].split()[-1] for row in firm.cli.rows("search", "in:sent")}
    assert b"EXAMINE Work" not in b"".join(line.line for line in gmail.server.heard)


def test_what_another_program_labels_shows_here(firm: Conflict) -> None:
    token = firm.arrives()
    firm.other.expunge("INBOX", firm.uid(token))  # which archives it
    firm.sync()
    assert labelled(firm, token)
    assert token not in {row["subject"].split()[-1] for row in firm.cli.rows("search", "in:inbox")}


def test_the_inbox_is_watched_and_news_are_read_from_all_mail(gmail: Gmail, firm: Conflict) -> None:
    assert gmail.server.wait(lambda server: any(line.verb == "IDLE" for line in server.heard))
    gmail.server.deliver(USER, firm.letter("watched"))
    firm.until(lambda: firm.row("watched"), "the mail")
    assert labelled(firm, "watched", "INBOX")


def test_the_audit_knows_all_mail_and_no_label(firm: Conflict) -> None:
    firm.arrives()
    firm.other.put("[Gmail]/Drafts", firm.letter("draft"))
    firm.sync()
    assert firm.row("draft") is None
    lines = {line["folder"]: line for line in firm.cli.rows("audit", "--all")}
    assert set(lines) == {ALL, TRASH, SPAM}
    assert lines[ALL]["missing"] == lines[ALL]["extra"] == lines[ALL]["bodies_missing"] == []
    assert lines[ALL]["server"] == lines[ALL]["store"]
    assert lines[ALL]["skipped_by"] == {"drafts_folder": 1}


# ---------------------------------------------------------------- acts
def test_archived_is_out_of_the_inbox_alone_and_back_by_undo(gmail: Gmail, firm: Conflict) -> None:
    token = firm.arrives()
    firm.other.move(ALL, firm.uid(token, ALL), "Work")
    firm.sync()
    before = len(gmail.server.heard)
    firm.does("archive", token)
    firm.until(lambda: labelled(firm, token, "Work"), "the archived mail")
    assert stores(gmail, before) == [rb'-X-GM-LABELS ("\\Inbox")']
    firm.cli.one("undo")
    firm.until(lambda: labelled(firm, token, "INBOX", "Work"), "the mail in the inbox")


def test_flags_are_carried_once_for_all_labels(gmail: Gmail, firm: Conflict) -> None:
    token = firm.arrives()
    firm.other.move(ALL, firm.uid(token, ALL), "Work")
    firm.sync()
    before = len(gmail.server.heard)
    firm.does("mark", token, "--star", "--read")
    firm.until(lambda: firm.on_server(token)["Work"][0][1] == {"\\Seen", "\\Flagged"}, "both flags")
    assert sorted(stores(gmail, before)) == [rb"+FLAGS (\Flagged)", rb"+FLAGS (\Seen)"]
    firm.sync()
    assert places(firm, token) == (ALL, {"INBOX", "Work"}, {"\\Seen", "\\Flagged"})  # the star is no label


def test_moved_is_under_the_new_label(firm: Conflict) -> None:
    token = firm.arrives()
    firm.does("move", token, "--to", "Work")
    firm.until(lambda: labelled(firm, token, "Work"), "the mail in Work")
    firm.does("move", token, "--to", "Año/2026 (viejo)")
    firm.until(lambda: labelled(firm, token, YEAR), "the mail in the other label")
    firm.cli.one("undo")
    firm.until(lambda: labelled(firm, token, "Work"), "the mail in Work again")
    firm.does("move", token, "--to", "INBOX")
    firm.until(lambda: labelled(firm, token, "INBOX", "Work"), "the mail in the inbox too")
    firm.does("move", token, "--to", ALL)
    firm.until(lambda: labelled(firm, token, "Work"), "the archived mail")
    row = firm.row(token)
    assert row is not None
    assert firm.cli.call("move", row["email"], "--to", SENT).code != 0
    assert firm.dropped(token) == []


def test_deleted_is_in_the_trash_alone_and_back_under_its_labels_by_undo(firm: Conflict) -> None:
    token = firm.arrives()
    firm.other.move(ALL, firm.uid(token, ALL), "Work")
    firm.sync()
    firm.does("delete", token)
    firm.until(lambda: set(firm.on_server(token)) == {TRASH}, "the mail in the trash")
    firm.sync()
    assert places(firm, token) is None
    firm.cli.one("undo")
    firm.until(lambda: labelled(firm, token, "INBOX", "Work"), "the mail under its labels")
    firm.sync()
    assert labelled(firm, token, "INBOX", "Work")


def test_spam_goes_and_comes_back_to_the_inbox(firm: Conflict) -> None:
    token = firm.arrives()
    email = (firm.row(token) or {})["email"]
    firm.does("spam", token)
    firm.until(lambda: set(firm.on_server(token)) == {SPAM}, "the mail in spam")
    firm.cli.one("unspam", email)
    firm.until(lambda: labelled(firm, token, "INBOX"), "the mail in the inbox")


# ---------------------------------------------------------------- sending
def test_what_is_sent_is_in_all_mail_once_under_sent(gmail: Gmail) -> None:
    """The server keeps a copy by itself; whoever does not know puts the same there, and it is one."""
    with Conflict(gmail, short_folder(), smtp=gmail.server.smtp_port) as sending:
        words = ("--from", ADDRESS, "--to", "x@y.example", "--subject", "sent out")
        draft = sending.cli.one("send", *words, stdin="Hello\n")
        sending.until(lambda: sent(sending, draft["outbox_id"]), "the mail to be sent")
        sending.until(lambda: places(sending, "out"), "its copy")
        sending.sync()
        assert labelled(sending, "out", SENT)
        assert "out" in {row["subject"].split()[-1] for row in sending.cli.rows("search", "in:sent")}
        assert len(gmail.server.messages(USER, SENT)) == 1


def sent(firm: Conflict, outbox: str) -> bool:
    return [row["state"] for row in firm.cli.rows("outbox", "list") if row["outbox_id"] == outbox] == ["sent"]


# ---------------------------------------------------------------- two programs
def test_an_act_while_the_other_program_trashes_it(firm: Conflict) -> None:
    token = firm.arrives()
    with firm.away() as other:
        firm.does("archive", token)
        other.move("INBOX", firm.uid(token), TRASH)
    firm.until(lambda: firm.dropped() != [], "the notice")
    assert firm.dropped()[0] == ("archive", "moved")
    assert set(firm.on_server(token)) == {TRASH}
    assert places(firm, token) is None


def test_a_move_to_a_label_is_dropped_whole_and_told_once(firm: Conflict) -> None:
    token = firm.arrives()
    told = len(firm.dropped())
    with firm.away() as other:
        firm.does("mark", token, "--star")
        firm.does("move", token, "--to", "Work")
        other.move("INBOX", firm.uid(token), TRASH)
    firm.until(lambda: len(firm.dropped()) > told, "the notice")
    firm.until(lambda: "\\Flagged" in firm.on_server(token)[TRASH][0][1], "the star, which follows into the trash")
    firm.sync()
    assert firm.dropped()[: len(firm.dropped()) - told] == [("move", "moved")]  # the newest come first
    assert set(firm.on_server(token)) == {TRASH}


def test_of_one_label_the_act_here_stands_and_of_others_the_servers(firm: Conflict) -> None:
    token = firm.arrives()
    with firm.away() as other:
        firm.does("archive", token)
        other.move(ALL, firm.uid(token, ALL), "Work")
        other.flag("INBOX", firm.uid(token), "+", "\\Seen")
    firm.until(lambda: labelled(firm, token, "Work"), "both")
    found = places(firm, token)
    assert found is not None
    assert found[2] == {"\\Seen"}
    assert firm.dropped(token) == []


# ---------------------------------------------------------------- All Mail hidden
@pytest.fixture(scope="module")
def hidden() -> Iterator[Gmail]:
    made = Gmail(ALL)
    with made.server:
        yield made


def test_where_all_mail_is_hidden_folders_are_joined_by_number(hidden: Gmail) -> None:
    with Conflict(hidden, short_folder()) as firm:
        for token, named in (("named", True), ("unnamed", False)):
            firm.other.put("INBOX", firm.letter(token, message_id=named))
            firm.other.put("Work", firm.letter(token, message_id=named))
        firm.sync()
        for token in ("named", "unnamed"):
            rows = [row for row in firm.cli.rows("search") if row["subject"].split()[-1] == token]
            assert len(rows) == 1, rows
            assert sorted(one["folder"] for one in rows[0]["sightings"]) == ["INBOX", "Work"]
            assert rows[0]["whole"]
            shown = firm.cli.one("show", rows[0]["email"])
            assert f"Body of {token}" in str(shown)
        assert bodies_of(hidden) == {"INBOX"}  # what is here is not read again
        lines = {line["folder"]: line for line in firm.cli.rows("audit")}
        assert all(line["missing"] == line["bodies_missing"] == [] for line in lines.values())
