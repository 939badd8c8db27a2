"""The rehearsal server as Gmail: one mail under many labels, All Mail, Trash, Spam, its own copy of what is sent."""

import re
import smtplib
from collections.abc import Iterator

import pytest

from providers.rehearsal import GMAIL, Account, FolderPlan, Rehearsal
from tests.support.rehearsal import Talk

ME = "clara@gmail.example"
ALL, TRASH, SPAM, SENT = '"[Gmail]/All Mail"', "[Gmail]/Trash", "[Gmail]/Spam", '"[Gmail]/Sent Mail"'


def letter(token: str, *more: str) -> bytes:
    lines = [f"Subject: {token}", f"Message-ID: <{token}@x.example>", "From: a@x.example", *more, "", token, ""]
    return "\r\n".join(lines).encode()


@pytest.fixture
def server() -> Iterator[Rehearsal]:
    labels = (FolderPlan(name="Año/2026 (viejo)"), FolderPlan(name="Work"))
    account = Account(login=ME, password="pass", gmail=True, folders=labels)
    with Rehearsal([account], capabilities=GMAIL) as made:
        yield made


@pytest.fixture
def talk(server: Rehearsal) -> Iterator[Talk]:
    with Talk(server.port) as made:
        made.ok(f"LOGIN {ME} pass".encode())
        yield made


def there(talk: Talk, folder: str) -> dict[str, tuple[int, str, str]]:
    """Token → (UID, labels, flags) of a folder."""
    talk.ok(f"SELECT {folder}".encode())
    found = {}
    told = talk.ok(b"UID FETCH 1:* (FLAGS X-GM-LABELS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    for line in told.untagged:
        match = re.search(
            r"UID (\d+) FLAGS \(([^)]*)\) X-GM-LABELS \((.*)\) BODY.*Subject: (\w+)", str(line, "ascii"), re.DOTALL
        )
        if match:
            flags = " ".join(flag for flag in match[2].split() if flag != "\\Recent")
            found[match[4]] = (int(match[1]), match[3], flags)
    return found


def test_a_mail_is_one_in_all_its_folders(server: Rehearsal, talk: Talk) -> None:
    server.deliver(ME, letter("mug"))
    uid, labels, _ = there(talk, ALL)["mug"]
    assert labels == r'"\\Inbox"'
    assert there(talk, "INBOX")["mug"][1] == ""  # not the label of the folder that is open
    talk.ok(f"UID COPY {uid} Work".encode())
    talk.ok(b"UID STORE %d +FLAGS (\\Seen)" % uid)
    assert there(talk, "Work")["mug"][1:] == (r'"\\Inbox"', "\\Seen")
    ids = set()
    for folder in (ALL, "INBOX", "Work"):
        talk.ok(f"EXAMINE {folder}".encode())
        (line,) = talk.ok(b"FETCH 1 (X-GM-MSGID X-GM-THRID)").untagged
        ids.add(re.sub(rb"^\* \d+", b"", line))
    assert len(ids) == 1


def test_threads_have_a_number(server: Rehearsal, talk: Talk) -> None:
    server.deliver(ME, letter("one"))
    server.deliver(ME, letter("two", "In-Reply-To: <one@x.example>"))
    server.deliver(ME, letter("three"))
    talk.ok(b"EXAMINE INBOX")
    told = b"".join(talk.ok(b"FETCH 1:* (X-GM-THRID)").untagged)
    one, two, three = re.findall(rb"X-GM-THRID (\d+)", told)
    assert one == two != three
    assert talk.ok(b"UID SEARCH X-GM-THRID " + one).has(b"SEARCH 1 2\r\n")
    assert talk.ok(b"UID SEARCH X-GM-LABELS Work").has(b"SEARCH\r\n")


def test_labels_are_stored_read_and_made(server: Rehearsal, talk: Talk) -> None:
    server.deliver(ME, letter("mug"))
    talk.ok(f"SELECT {ALL}".encode())
    told = talk.ok(rb'UID STORE 1 +X-GM-LABELS ("A&APE-o/2026 (viejo)" \Important New)')
    assert b'"A&APE-o/2026 (viejo)"' in told.whole
    assert set(there(talk, '"A&APE-o/2026 (viejo)"')) == set(there(talk, "New")) == {"mug"}
    talk.ok(f"SELECT {ALL}".encode())
    before = talk.ok(b"UID FETCH 1 (MODSEQ)").number(b"MODSEQ")
    talk.ok(rb"UID STORE 1 -X-GM-LABELS.SILENT (\Inbox)")
    assert talk.ok(b"UID FETCH 1 (MODSEQ)").number(b"MODSEQ") > before
    assert there(talk, "INBOX") == {}
    assert set(there(talk, ALL)) == {"mug"}
    assert talk.run(rb"UID STORE 1 +X-GM-LABELS (\Sent)").status == b"NO"


def test_what_leaves_a_label_stays_in_all_mail(server: Rehearsal, talk: Talk) -> None:
    server.deliver(ME, letter("mug"))
    talk.ok(b"SELECT INBOX")
    talk.ok(b"UID MOVE 1 Work")
    assert (there(talk, "INBOX"), set(there(talk, "Work"))) == ({}, {"mug"})
    talk.ok(rb"UID STORE 1 +FLAGS (\Deleted)")
    talk.ok(b"UID EXPUNGE 1")
    assert there(talk, "Work") == {}
    assert there(talk, ALL)["mug"][1:] == ("", "")


@pytest.mark.parametrize("folder", [TRASH, SPAM])
def test_trash_and_spam_hold_a_mail_alone(server: Rehearsal, talk: Talk, folder: str) -> None:
    server.deliver(ME, letter("mug"))
    talk.ok(f"SELECT {ALL}".encode())
    talk.ok(f"UID MOVE 1 {folder}".encode())
    assert there(talk, "INBOX") == there(talk, ALL) == {}
    assert set(there(talk, folder)) == {"mug"}
    talk.ok(b"UID MOVE 1 INBOX")
    assert there(talk, folder) == {}
    assert there(talk, ALL)["mug"][0] == 2  # no UID comes back
    talk.ok(f"SELECT {ALL}".encode())
    talk.ok(f"UID MOVE 2 {folder}".encode())
    talk.ok(f"SELECT {folder}".encode())
    talk.ok(rb"UID STORE 2 +FLAGS (\Deleted)")
    talk.ok(b"EXPUNGE")
    assert there(talk, folder) == there(talk, ALL) == {}


def test_a_star_is_a_folder(server: Rehearsal, talk: Talk) -> None:
    server.deliver(ME, letter("mug"))
    talk.ok(b"SELECT INBOX")
    talk.ok(rb"UID STORE 1 +FLAGS (\Flagged)")
    assert there(talk, '"[Gmail]/Starred"')["mug"][2] == "\\Flagged"
    assert r'"\\Starred"' in there(talk, ALL)["mug"][1]
    talk.ok(rb"UID STORE 1 -X-GM-LABELS (\Starred)")
    assert there(talk, ALL)["mug"][1:] == (r'"\\Inbox"', "")


def test_it_keeps_what_it_is_given_to_send(server: Rehearsal, talk: Talk) -> None:
    with smtplib.SMTP(server.host, server.smtp_port) as client:
        client.starttls(context=None)
        client.login(ME, "pass")
        client.sendmail(ME, ["b@y.example"], letter("out"))
    assert there(talk, SENT)["out"][2] == "\\Seen"
    assert there(talk, ALL)["out"][1] == r'"\\Sent"'
    talk.append(letter("out"), SENT.encode())
    assert len(there(talk, ALL)) == 1  # one mail, however often it is put there


def test_a_label_is_renamed_and_deleted(server: Rehearsal, talk: Talk) -> None:
    server.deliver(ME, letter("mug"), "Work")
    talk.ok(b"RENAME Work Done")
    assert there(talk, ALL)["mug"][1] == "Done"
    talk.ok(b"DELETE Done")
    assert there(talk, ALL)["mug"][1] == ""


def test_all_mail_can_be_hidden() -> None:
    account = Account(login=ME, password="pass", gmail=True, hides=("[Gmail]/All Mail",))
    with Rehearsal([account], capabilities=GMAIL) as server, Talk(server.port) as talk:
        talk.ok(f"LOGIN {ME} pass".encode())
        server.deliver(ME, letter("mug"))
        assert b"All Mail" not in talk.ok(b'LIST "" *').whole
        assert talk.run(f"SELECT {ALL}".encode()).status == b"NO"
        talk.ok(b"SELECT INBOX")
        talk.ok(rb"UID STORE 1 +X-GM-LABELS (Work)")
        assert set(there(talk, "Work")) == {"mug"}
