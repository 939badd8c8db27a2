"""The rehearsal server and a private Dovecot do the same, command by command, as a client sees it."""

import base64
import imaplib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import imapclient
import pytest

from tests.support.rehearsal import Mailbox, Talk, literal

SIMPLE = (
    b"From: Ana Ruiz <ana@client.example>\r\nTo: bo@firm.example\r\nSubject: Quarterly return\r\n"
    b"Message-ID: <1@client.example>\r\nDate: Sun, 1 Feb 2026 10:11:12 +0100\r\n\r\nHello Bo,\r\nsecond line\r\n"
)
NESTED = (
    b'From: "Ana, Q." <ana@client.example>, Team: m@firm.example, o@firm.example;\r\nSubject: multi\r\n'
    b"In-Reply-To: <0@client.example>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="oo"\r\n\r\npreamble\r\n'
    b"--oo\r\nContent-Type: multipart/alternative; boundary=ii\r\n\r\n"
    b"--ii\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Hola se=C3=B1or\r\n"
    b"--ii\r\nContent-Type: text/html\r\nContent-Id: <c1>\r\nContent-Language: es, en\r\n\r\n<p>hi</p>\r\n--ii--\r\n"
    b"\r\n"
    b'--oo\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename="in ner.eml"\r\n'
    b"Content-Description: inner one\r\n\r\nFrom: b@y.example\r\nSubject: inner\r\n\r\ninner body\r\ntwo\r\n"
    b'--oo\r\nContent-Type: application/pdf; name="x.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n'
    b"--oo--\r\nepilogue\r\n"
)


def imapclient_of(box: Mailbox) -> Any:  # noqa: ANN401 - the vendor brings no types, and guesses at them disagree
    return imapclient.IMAPClient("localhost", box.port, ssl=False, timeout=20)


def uids(talk: Talk, key: bytes = b"ALL") -> list[int]:
    line = next(line for line in talk.ok(b"UID SEARCH " + key).untagged if line.startswith(b"* SEARCH"))
    return [int(word) for word in line.partition(b"(")[0].split()[2:]]


def section(talk: Talk, number: bytes, what: bytes) -> bytes:
    """The literal that answers one asked section."""
    found = talk.ok(b"FETCH " + number + b" BODY.PEEK[" + what)
    size = re.search(rb"\{([0-9]+)\}\r\n", found.whole)
    assert size, found
    return found.whole[size.end() : size.end() + int(size[1])]


def flags(talk: Talk, number: bytes = b"1") -> set[bytes]:
    found = re.search(rb"FLAGS \(([^)]*)\)", talk.ok(b"FETCH " + number + b" FLAGS").whole)
    assert found
    return set(found[1].split()) - {b"\\Recent"}


# ---------------------------------------------------------------- signing in
def test_it_can_what_the_office_builds_on(box: Mailbox) -> None:
    with box.plain() as talk:
        before = talk.ok(b"CAPABILITY").whole.split()
        assert talk.greeting.startswith(b"* OK ")
        assert {b"IMAP4rev1", b"STARTTLS", b"AUTH=PLAIN", b"SASL-IR", b"LITERAL+"} <= set(before)
        talk.ok(f"LOGIN {box.login} {box.password}".encode())
        after = set(talk.ok(b"CAPABILITY").whole.split())
    wanted = b"IMAP4rev1 IDLE MOVE UIDPLUS CONDSTORE ENABLE NAMESPACE UNSELECT SPECIAL-USE LIST-EXTENDED LIST-STATUS"
    assert set(wanted.split()) | {b"ID", b"ESEARCH", b"MULTIAPPEND", b"CHILDREN", b"LITERAL+"} <= after
    assert b"STARTTLS" not in after


def test_a_wrong_password_is_refused_and_the_right_one_taken_after_it(box: Mailbox) -> None:
    with box.plain() as talk:
        refused = talk.run(f"LOGIN {box.login} wrong".encode())
        assert (refused.status, refused.text[:23]) == (b"NO", b"[AUTHENTICATIONFAILED] ")
        assert talk.run(b"SELECT INBOX").status == b"BAD"
        talk.ok(f'LOGIN "{box.login}" '.encode() + literal(box.password.encode()))
        assert talk.run(f"LOGIN {box.login} {box.password}".encode()).status == b"BAD"


def test_authenticate_plain_at_once_and_when_asked(box: Mailbox) -> None:
    secret = base64.b64encode(f"\0{box.login}\0{box.password}".encode())
    with box.plain() as talk:
        talk.ok(b"AUTHENTICATE PLAIN " + secret)
    with box.plain() as talk:
        tag = talk.begin(b"AUTHENTICATE PLAIN")
        assert talk.response() == b"+ \r\n"
        talk.send(secret + b"\r\n")
        assert talk.answer(tag).status == b"OK"
        talk.ok(b"SELECT INBOX")
    with box.plain() as talk:
        tag = talk.begin(b"AUTHENTICATE PLAIN")
        talk.response()
        talk.send(b"*\r\n")
        assert talk.answer(tag).status == b"BAD"


def test_starttls(box: Mailbox) -> None:
    with box.plain() as talk:
        talk.ok(b"STARTTLS")
        talk.start_tls(box.context())
        assert b"STARTTLS" not in talk.ok(b"CAPABILITY").whole
        assert talk.run(b"STARTTLS").status == b"BAD"
        talk.ok(f"LOGIN {box.login} {box.password}".encode())


def test_tls_from_the_first_byte(box: Mailbox) -> None:
    with Talk(box.tls_port, context=box.context()) as talk:
        assert talk.greeting.startswith(b"* OK ")
        assert b"STARTTLS" not in talk.ok(b"CAPABILITY").whole
        talk.ok(f"LOGIN {box.login} {box.password}".encode())


def test_small_talk(box: Mailbox) -> None:
    with box.signed_in() as talk:
        assert b"* ID (" in talk.ok(b"ID NIL").whole
        assert talk.ok(b"NAMESPACE").has(b'NAMESPACE (("" "/")) NIL NIL\r\n')
        assert b"CONDSTORE" in talk.ok(b"ENABLE CONDSTORE").whole
        talk.ok(b"NOOP")
        assert b"BYE" in talk.ok(b"LOGOUT").whole
        assert talk.response() == b""


@pytest.mark.parametrize(
    "command",
    [
        b"NOSUCH",
        b"SELECT",
        b"FETCH 1 FLAGS",
        b"UID",
        b"UID NOPE 1",
        b"STATUS INBOX ()",
        b"STATUS INBOX (NOPE)",
        b'LIST (NOPE) "" *',
        b"CLOSE",
        b"EXPUNGE",
        b"CHECK",
        b'APPEND INBOX "no date" ' + literal(b"Subject: x\r\n\r\nx\r\n"),
        b"APPEND INBOX (\\Nonsense) " + literal(b"Subject: x\r\n\r\nx\r\n"),
    ],
)
def test_what_is_no_command_is_bad_and_costs_nothing(box: Mailbox, command: bytes) -> None:
    with box.signed_in() as talk:
        assert talk.run(command).status == b"BAD"
        talk.ok(b"SELECT INBOX")


@pytest.mark.parametrize(
    "command",
    [
        b"FETCH 9 FLAGS",
        b"FETCH 1:9 FLAGS",
        b"FETCH 0 FLAGS",
        b"FETCH 1,,2 FLAGS",
        b"UID FETCH 0 FLAGS",
        b"FETCH 1 ()",
        b"FETCH 1 NOPE",
        b"FETCH 1 (FLAGS",
        b"FETCH 1 FLAGS)",
        b"FETCH 1 BODY.PEEK[MIME]",
        b"FETCH 1 BODY.PEEK[HEADER.FIELDS ()]",
        b"FETCH 1 BODY.PEEK[1]<3",
        b"STORE 9 FLAGS (\\Seen)",
        b"STORE 1 +FLAGS (\\Recent)",
        b"STORE 1 +FLAGS (\\Nonsense)",
        b"COPY 9 Sent",
        b"SEARCH NOPE",
        b"SEARCH OR SEEN",
        b"SEARCH SINCE yesterday",
        b"SEARCH LARGER x",
    ],
)
def test_bad_arguments(box: Mailbox, command: bytes) -> None:
    with box.opened() as talk:
        talk.append(SIMPLE)
        assert talk.run(command).status == b"BAD"
        assert flags(talk) == set()


def test_pipelined_commands_are_all_answered(talk: Talk) -> None:
    """In any order: Dovecot carries out neighbouring reads together."""
    talk.append(SIMPLE)
    tags = {talk.begin(command) for command in (b"NOOP", b"FETCH 1 UID", b"NOOP", b"UID SEARCH ALL")}
    heard: set[bytes] = set()
    while not tags <= {line.split(b" ")[0] for line in heard}:
        heard.add(talk.response())
    assert {line.split(b" ")[1] for line in heard if line.split(b" ")[0] in tags} == {b"OK"}
    assert {b"* 1 FETCH (UID 1)\r\n", b"* SEARCH 1\r\n"} <= heard


# ---------------------------------------------------------------- folders
def listed(talk: Talk, command: bytes) -> dict[bytes, set[bytes]]:
    found = re.findall(rb'\* (?:LIST|LSUB) \(([^)]*)\) "/" "?([^"\r]*)"?\r\n', talk.ok(command).whole)
    return {name: set(words.split()) for words, name in found}


def test_special_folders(box: Mailbox) -> None:
    special = {b"Sent", b"Archive", b"Drafts", b"Junk", b"Trash"}
    with box.signed_in() as talk:
        found = listed(talk, b'LIST "" "*"')
        assert set(found) == special | {b"INBOX"}
        assert all(b"\\" + name in found[name] for name in special)
        assert all(b"\\HasNoChildren" in words for words in found.values())
        assert set(listed(talk, b'LIST (SPECIAL-USE) "" "*"')) == special
        subscribed = listed(talk, b'LIST (SUBSCRIBED) "" "*" RETURN (SPECIAL-USE)')
        assert subscribed == {name: {b"\\Subscribed", b"\\" + name} for name in special}
        assert set(listed(talk, b'LSUB "" "*"')) == special
        assert listed(talk, b'LIST "" ""') == {b"": {b"\\Noselect"}}


def test_levels_and_wildcards(box: Mailbox) -> None:
    with box.signed_in() as talk:
        talk.ok(b"CREATE a/b/c")
        assert listed(talk, b'LIST "" "a*"') == {
            b"a": {b"\\Noselect", b"\\HasChildren"},
            b"a/b": {b"\\Noselect", b"\\HasChildren"},
            b"a/b/c": {b"\\HasNoChildren"},
        }
        assert b"\\NonExistent" in listed(talk, b'LIST "" "a" RETURN (CHILDREN)')[b"a"]
        assert set(listed(talk, b'LIST "" "%/%"')) == {b"a/b"}
        assert set(listed(talk, b'LIST "a/" "%"')) == {b"a/b"}
        assert set(listed(talk, b'LIST "" "inbox"')) == {b"INBOX"}
        assert set(listed(talk, b'LIST "" ("INBOX" "a/%")')) == {b"INBOX", b"a/b"}
        assert b"a" not in listed(talk, b'LIST "" "b*"')
        for command in (
            b"SELECT a",
            b"STATUS a (MESSAGES)",
            b"SELECT nowhere",
            b"DELETE nowhere",
            b"SUBSCRIBE nowhere",
        ):
            assert talk.run(command).status == b"NO"


def test_making_naming_and_deleting_folders(box: Mailbox) -> None:
    with box.signed_in() as talk:
        talk.ok(b"CREATE r/s")
        talk.ok(b"CREATE r")
        talk.ok(b"CREATE trail/")
        for command in (b"CREATE r", b"CREATE INBOX", b"RENAME r/s trail", b"RENAME r INBOX"):
            assert b"[ALREADYEXISTS]" in talk.run(command).text
        for command in (b"CREATE a//b", b"CREATE /a", b'SELECT ""', b"CREATE bad&", b"RENAME no no2", b"DELETE INBOX"):
            assert talk.run(command).status == b"NO"
        talk.append(SIMPLE, b"r/s")
        talk.ok(b"RENAME r z")
        assert set(listed(talk, b'LIST "" "%r*"')) == {b"Drafts", b"trail", b"Archive", b"Trash"}
        assert talk.ok(b"STATUS z/s (MESSAGES)").number(b"MESSAGES") == 1
        talk.ok(b"DELETE z")
        assert b"\\HasChildren" in listed(talk, b'LIST "" "z"')[b"z"]
        talk.ok(b"DELETE z/s")
        assert listed(talk, b'LIST "" "z*"') == {}


def test_a_folder_made_anew_is_another(box: Mailbox) -> None:
    with box.signed_in() as talk:
        talk.ok(b"CREATE once")
        first = talk.ok(b"STATUS once (UIDVALIDITY)").number(b"UIDVALIDITY")
        talk.ok(b"DELETE once")
        talk.ok(b"CREATE once")
        assert talk.ok(b"STATUS once (UIDVALIDITY)").number(b"UIDVALIDITY") > first


def test_subscriptions(box: Mailbox) -> None:
    with box.signed_in() as talk:
        talk.ok(b"CREATE a/b")
        talk.ok(b"SUBSCRIBE a/b")
        assert set(listed(talk, b'LSUB "" "a*"')) == {b"a/b"}
        assert listed(talk, b'LSUB "" "%"')[b"a"] == {b"\\Noselect"}
        assert b"CHILDINFO" in talk.ok(b'LIST (SUBSCRIBED RECURSIVEMATCH) "" "a"').whole
        talk.ok(b"UNSUBSCRIBE a/b")
        assert listed(talk, b'LSUB "" "a*"') == {}


def test_list_with_status(box: Mailbox) -> None:
    with box.signed_in() as talk:
        talk.append(SIMPLE, b"Archive", b"(\\Seen) ")
        talk.append(SIMPLE, b"Archive")
        found = talk.ok(b'LIST "" ("INBOX" "Archive") RETURN (SPECIAL-USE STATUS (MESSAGES UNSEEN UIDNEXT))')
        lines = {re.sub(rb"[\"]", b"", line) for line in found.untagged}
        assert b"* LIST (\\Archive) / Archive\r\n" in lines
        assert b"* LIST () / INBOX\r\n" in lines
        status = next(line for line in lines if line.startswith(b"* STATUS Archive"))
        assert b"MESSAGES 2" in status
        assert b"UNSEEN 1" in status
        assert b"UIDNEXT 3" in status


def test_names_beyond_ascii(box: Mailbox) -> None:
    name = "Entwürfe & Größe/日本語 ~ 1"
    with imapclient_of(box) as client:
        client.login(box.login, box.password)
        client.create_folder(name)
        assert name in [found for _, _, found in client.list_folders("", "Entw*")]
        client.append(name, SIMPLE)
        assert client.folder_status(name, ["MESSAGES"]) == {b"MESSAGES": 1}
        client.rename_folder(name, "plain")
        assert client.select_folder("plain")[b"EXISTS"] == 1


def test_select_examine_and_leaving(box: Mailbox) -> None:
    with box.signed_in() as talk:
        for extra in (b"(\\Seen) ", b"", b"(\\Flagged) "):
            talk.append(SIMPLE, extra=extra)
        found = talk.ok(b"SELECT INBOX")
        assert found.text.startswith(b"[READ-WRITE] ")
        assert found.has(b"3 EXISTS\r\n")
        assert found.number(b"UIDNEXT") == 4
        assert found.number(b"UNSEEN") == 2
        assert b"\\*)] Flags permitted." in found.whole
        assert found.number(b"UIDVALIDITY") == talk.ok(b"STATUS INBOX (UIDVALIDITY)").number(b"UIDVALIDITY")
        found = talk.ok(b"EXAMINE INBOX")
        assert found.text.startswith(b"[READ-ONLY] ")
        assert found.untagged[0].startswith(b"* OK [CLOSED]")
        assert b"[PERMANENTFLAGS ()]" in found.whole
        talk.run(b"STORE 1 +FLAGS (\\Deleted)")
        talk.run(b"EXPUNGE")
        assert flags(talk) == {b"\\Seen"}
        talk.ok(b"UNSELECT")
        assert talk.run(b"FETCH 1 FLAGS").status == b"BAD"
        talk.ok(b"SELECT INBOX")
        talk.ok(b"STORE 1 +FLAGS (\\Deleted)")
        talk.ok(b"UNSELECT")
        assert talk.ok(b"STATUS INBOX (MESSAGES)").number(b"MESSAGES") == 3
        talk.ok(b"SELECT INBOX")
        closed = talk.ok(b"CLOSE")
        assert b"EXPUNGE" not in closed.whole
        status = talk.ok(b"STATUS INBOX (MESSAGES UNSEEN UIDNEXT)")
        assert (status.number(b"MESSAGES"), status.number(b"UNSEEN"), status.number(b"UIDNEXT")) == (2, 2, 4)


def test_a_failed_select_leaves_no_folder_open(talk: Talk) -> None:
    assert talk.run(b"SELECT nowhere").status == b"NO"
    assert talk.run(b"FETCH 1 FLAGS").status == b"BAD"


# ---------------------------------------------------------------- messages in
def test_append_with_flags_date_and_uid(talk: Talk) -> None:
    uidvalidity = talk.ok(b"SELECT INBOX").number(b"UIDVALIDITY")
    found = talk.append(SIMPLE, extra=b'(\\Seen $Label1 Foo) "01-Feb-2026 10:11:12 +0100" ')
    assert found.text.startswith(b"[APPENDUID %d 1] " % uidvalidity)
    assert found.has(b"1 EXISTS\r\n")
    assert flags(talk) == {b"\\Seen", b"$Label1", b"Foo"}
    assert talk.ok(b"FETCH 1 RFC822.SIZE").number(rb"RFC822\.SIZE") == len(SIMPLE)
    date = re.search(rb'INTERNALDATE "([^"]+)"', talk.ok(b"FETCH 1 INTERNALDATE").whole)
    assert date
    moment = datetime.strptime(date[1].decode(), "%d-%b-%Y %H:%M:%S %z")
    assert moment == datetime(2026, 2, 1, 9, 11, 12, tzinfo=UTC)


def test_append_in_both_kinds_of_literal_and_several_at_once(talk: Talk) -> None:
    tag = talk.begin(b"APPEND INBOX {%d}" % len(SIMPLE))
    assert talk.response().startswith(b"+ ")
    talk.send(SIMPLE + b"\r\n")
    assert talk.answer(tag).status == b"OK"
    several = talk.ok(b"APPEND INBOX " + literal(SIMPLE) + b" (\\Flagged) " + literal(NESTED))
    assert re.match(rb"\[APPENDUID [0-9]+ 2:3\] ", several.text)
    assert flags(talk, b"3") == {b"\\Flagged"}
    missing = talk.run(b"APPEND nowhere " + literal(SIMPLE))
    assert (missing.status, missing.text[:11]) == (b"NO", b"[TRYCREATE]")
    assert talk.run(b"APPEND INBOX " + literal(b"")).status == b"NO"


def test_bare_line_feeds_are_served_as_lines(talk: Talk) -> None:
    talk.append(b"Subject: bare\n\nfirst\nsecond\n")
    assert section(talk, b"1", b"]") == b"Subject: bare\r\n\r\nfirst\r\nsecond\r\n"


# ---------------------------------------------------------------- messages out
SECTIONS = {
    b"]": NESTED,
    b"HEADER]": NESTED[: NESTED.index(b"\r\n\r\n") + 4],
    b"TEXT]": NESTED[NESTED.index(b"\r\n\r\n") + 4 :],
    b"TEXT]<3.6>": b"amble\r",
    b"]<%d.100>" % len(NESTED): b"",
    b"]<5.0>": b"",
    b'HEADER.FIELDS (Subject "in-reply-to" nope)]': b"Subject: multi\r\nIn-Reply-To: <0@client.example>\r\n\r\n",
    b"HEADER.FIELDS (nope)]": b"\r\n",
    b"HEADER.FIELDS.NOT (from content-type mime-version in-reply-to)]": b"Subject: multi\r\n\r\n",
    b"1]": NESTED[NESTED.index(b"--ii\r") : NESTED.index(b"--ii--\r\n") + 8],
    b"1.MIME]": b"Content-Type: multipart/alternative; boundary=ii\r\n\r\n",
    b"1.1]": b"Hola se=C3=B1or",
    b"1.1.MIME]": b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
    b"1.2]": b"<p>hi</p>",
    b"2]": b"From: b@y.example\r\nSubject: inner\r\n\r\ninner body\r\ntwo",
    b"2.HEADER]": b"From: b@y.example\r\nSubject: inner\r\n\r\n",
    b"2.HEADER.FIELDS (SUBJECT)]": b"Subject: inner\r\n\r\n",
    b"2.TEXT]": b"inner body\r\ntwo",
    b"2.1]": b"inner body\r\ntwo",
    b"2.1]<2.3>": b"ner",
    b"3]": b"JVBERi0=",
    b"1.1.HEADER]": b"",
    b"4]": b"",
}


@pytest.mark.parametrize("what", SECTIONS)
def test_sections(talk: Talk, what: bytes) -> None:
    talk.append(NESTED)
    assert section(talk, b"1", what) == SECTIONS[what]


def test_a_single_part_is_part_one(talk: Talk) -> None:
    talk.append(SIMPLE)
    assert section(talk, b"1", b"1]") == b"Hello Bo,\r\nsecond line\r\n"
    assert section(talk, b"1", b"2]") == b""


def test_old_names_of_sections(talk: Talk) -> None:
    talk.append(SIMPLE)
    head, _, body = SIMPLE.partition(b"\r\n\r\n")
    assert head + b"\r\n\r\n" in talk.ok(b"FETCH 1 RFC822.HEADER").whole
    assert flags(talk) == set()
    assert b"RFC822.TEXT {%d}\r\n" % len(body) + body in talk.ok(b"FETCH 1 RFC822.TEXT").whole
    assert flags(talk) == {b"\\Seen"}
    assert b"RFC822 {%d}\r\n" % len(SIMPLE) + SIMPLE in talk.ok(b"FETCH 1 RFC822").whole


def test_peeking_leaves_unseen_and_reading_does_not(box: Mailbox, talk: Talk) -> None:
    talk.append(SIMPLE)
    talk.ok(b"FETCH 1 (BODY.PEEK[] BODY.PEEK[TEXT]<0.3> RFC822.HEADER BODYSTRUCTURE ENVELOPE)")
    assert flags(talk) == set()
    with box.signed_in() as reader:
        reader.ok(b"EXAMINE INBOX")
        reader.ok(b"FETCH 1 BODY[]")
        assert flags(reader) == set()
    read = talk.ok(b"FETCH 1 BODY[TEXT]")
    assert re.search(rb"FLAGS \([^)]*\\Seen", read.whole)
    assert flags(talk) == {b"\\Seen"}


def test_envelope_and_structure(box: Mailbox) -> None:
    with imapclient_of(box) as client:
        client.login(box.login, box.password)
        client.append("INBOX", NESTED)
        client.append("INBOX", SIMPLE)
        client.select_folder("INBOX")
        found = client.fetch([1, 2], ["ENVELOPE", "BODYSTRUCTURE", "BODY"])
    nested, simple = found[1][b"ENVELOPE"], found[2][b"ENVELOPE"]
    assert (nested.subject, nested.in_reply_to, nested.message_id) == (b"multi", b"<0@client.example>", None)
    assert [(a.name, a.mailbox, a.host) for a in nested.from_] == [
        (b"Ana, Q.", b"ana", b"client.example"),
        (None, b"Team", None),
        (None, b"m", b"firm.example"),
        (None, b"o", b"firm.example"),
        (None, None, None),
    ]
    assert nested.sender == nested.from_ == nested.reply_to
    assert nested.to is nested.cc is nested.bcc is None
    assert (simple.message_id, simple.to[0].mailbox) == (b"<1@client.example>", b"bo")
    parts, kind, parameters, *_ = found[1][b"BODYSTRUCTURE"]
    assert (kind.lower(), parameters) == (b"mixed", (b"boundary", b"oo"))
    alternative, message, pdf = parts
    assert alternative[0] == [
        (b"text", b"plain", (b"charset", b"utf-8"), None, None, b"quoted-printable", 15, 0, None, None, None, None),
        (b"text", b"html", (b"charset", b"us-ascii"), b"<c1>", None, b"7bit", 9, 0, None, None, (b"es", b"en"), None),
    ]
    assert message[:7] == (b"message", b"rfc822", None, None, b"inner one", b"7bit", 52)
    assert message[8][:8] == (b"text", b"plain", (b"charset", b"us-ascii"), None, None, b"7bit", 15, 1)
    assert message[9:12] == (4, None, (b"attachment", (b"filename", b"in ner.eml")))
    assert pdf[:7] == (b"application", b"pdf", (b"name", b"x.pdf"), None, None, b"base64", 8)
    assert found[2][b"BODY"][:8] == (b"text", b"plain", (b"charset", b"us-ascii"), None, None, b"7bit", 24, 2)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (b"1:4294967295", [1, 2, 3]),
        (b"2:*", [2, 3]),
        (b"*", [3]),
        (b"900:*", [3]),
        (b"3:2,1", [1, 2, 3]),
        (b"4294967295", []),
        (b"1,1:2,2", [1, 2]),
    ],
)
def test_sets_of_uids(talk: Talk, asked: bytes, expected: list[int]) -> None:
    for _ in range(3):
        talk.append(SIMPLE)
    found = talk.ok(b"UID FETCH " + asked + b" (FLAGS)")
    assert [int(uid) for uid in re.findall(rb"UID ([0-9]+)", found.whole)] == expected


def test_an_empty_folder_has_no_numbers(talk: Talk) -> None:
    assert talk.ok(b"UID FETCH 1:* FLAGS").untagged == []
    assert uids(talk, b"1:*") == []
    assert talk.run(b"FETCH 1:* FLAGS").status == b"BAD"


def test_macros_and_order(talk: Talk) -> None:
    talk.append(SIMPLE)
    for macro, words in ((b"FAST", 3), (b"ALL", 4), (b"FULL", 5)):
        found = talk.ok(b"FETCH 1 " + macro).whole
        names = (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY")
        assert [name for name in names if name in found] == list(names[:words])


# ---------------------------------------------------------------- flags
def test_store_adds_takes_and_replaces(talk: Talk) -> None:
    talk.append(SIMPLE)
    found = talk.ok(b"STORE 1 +FLAGS (\\Seen Zap)")
    assert re.search(rb"\* 1 FETCH \(.*FLAGS \([^)]*\\Seen[^)]*Zap", found.whole)
    assert re.search(rb"\* FLAGS \([^)]*Zap\)", found.whole)
    assert flags(talk) == {b"\\Seen", b"Zap"}
    assert b"UID 1" in talk.ok(b"UID STORE 1 -FLAGS \\Seen").whole
    assert flags(talk) == {b"Zap"}
    assert b"FETCH" not in talk.ok(b"STORE 1 FLAGS.SILENT (\\Flagged \\Draft)").whole
    assert flags(talk) == {b"\\Flagged", b"\\Draft"}
    talk.ok(b"UID STORE 900 +FLAGS (\\Seen)")
    talk.ok(b"STORE 1 FLAGS ()")
    assert flags(talk) == set()


def test_the_other_session_hears_of_flags_and_expunges(box: Mailbox, talk: Talk) -> None:
    talk.append(SIMPLE)
    talk.append(SIMPLE)
    with box.opened(login=box.other_login) as other:
        talk.ok(b"STORE 2 +FLAGS (\\Flagged)")
        assert re.search(rb"\* 2 FETCH \(.*\\Flagged", other.ok(b"NOOP").whole)
        talk.ok(b"STORE 1 +FLAGS (\\Deleted)")
        assert talk.ok(b"EXPUNGE").has(b"1 EXPUNGE\r\n")
        told = other.ok(b"FETCH 2 UID")
        assert b"EXPUNGE" not in told.whole
        assert b"* 2 FETCH (UID 2" in told.whole
        assert other.ok(b"NOOP").has(b"1 EXPUNGE\r\n")
        assert other.ok(b"FETCH 1 UID").has(b"1 FETCH (UID 2)\r\n")


# ---------------------------------------------------------------- copying, moving, expunging
def test_copy_tells_the_new_uids(talk: Talk) -> None:
    for _ in range(3):
        talk.append(SIMPLE, extra=b'(\\Flagged Blue) "01-Feb-2026 10:11:12 +0100" ')
    target = talk.ok(b"STATUS Archive (UIDVALIDITY)").number(b"UIDVALIDITY")
    assert talk.ok(b"UID COPY 1,3 Archive").text.startswith(b"[COPYUID %d 1,3 1:2] " % target)
    assert talk.ok(b"COPY 2 Archive").text.startswith(b"[COPYUID %d 2 3] " % target)
    missing = talk.run(b"UID COPY 1 nowhere")
    assert (missing.status, missing.text[:11]) == (b"NO", b"[TRYCREATE]")
    assert talk.ok(b"UID COPY 900 Archive").text[:1] != b"["
    talk.ok(b"SELECT Archive")
    assert flags(talk, b"1") == {b"\\Flagged", b"Blue"}
    assert b"-Feb-2026" in talk.ok(b"FETCH 1 INTERNALDATE").whole
    assert section(talk, b"3", b"]") == SIMPLE


def test_move_tells_the_new_uids_and_takes_the_old(box: Mailbox, talk: Talk) -> None:
    for _ in range(3):
        talk.append(SIMPLE)
    target = talk.ok(b"STATUS Archive (UIDVALIDITY)").number(b"UIDVALIDITY")
    with box.opened(login=box.other_login) as other:
        moved = talk.ok(b"UID MOVE 1:2 Archive")
        assert b"[COPYUID %d 1:2 1:2] " % target in moved.whole
        gone = [line for line in moved.untagged if b"EXPUNGE" in line]
        assert sorted(gone) in ([b"* 1 EXPUNGE\r\n"] * 2, [b"* 1 EXPUNGE\r\n", b"* 2 EXPUNGE\r\n"])
        assert moved.whole.index(b"COPYUID") < moved.whole.index(b"EXPUNGE")
        assert uids(talk) == [3]
        other.ok(b"NOOP")
        assert uids(other) == [3]
    assert talk.run(b"MOVE 1 nowhere").text[:11] == b"[TRYCREATE]"
    talk.ok(b"UID MOVE 900 Archive")
    assert talk.ok(b"STATUS INBOX (MESSAGES UIDNEXT)").number(b"UIDNEXT") == 4


def test_expunge_takes_the_deleted_only(talk: Talk) -> None:
    for _ in range(4):
        talk.append(SIMPLE)
    talk.ok(b"STORE 1,2,4 +FLAGS (\\Deleted)")
    assert b"EXPUNGE\r\n" in talk.ok(b"UID EXPUNGE 2:3").whole
    assert uids(talk) == [1, 3, 4]
    gone = [line for line in talk.ok(b"EXPUNGE").untagged if b"EXPUNGE" in line]
    assert len(gone) == 2
    assert uids(talk) == [3]
    assert talk.ok(b"EXPUNGE").untagged == []
    talk.append(SIMPLE)
    assert uids(talk) == [3, 5]


# ---------------------------------------------------------------- CONDSTORE
def modseq(talk: Talk, uid: int) -> int:
    return talk.ok(b"UID FETCH %d MODSEQ" % uid).number(b"MODSEQ")


def test_every_change_raises_the_modseq(talk: Talk) -> None:
    talk.append(SIMPLE)
    talk.append(SIMPLE)
    start = talk.ok(b"SELECT INBOX (CONDSTORE)").number(b"HIGHESTMODSEQ")
    first, second = modseq(talk, 1), modseq(talk, 2)
    assert max(first, second) <= start
    stored = talk.ok(b"UID STORE 1 +FLAGS (\\Seen)")
    assert stored.number(b"MODSEQ") > start
    assert modseq(talk, 2) == second
    silent = talk.ok(b"UID STORE 2 +FLAGS.SILENT (\\Seen)")
    assert silent.number(b"MODSEQ") == modseq(talk, 2) > stored.number(b"MODSEQ")
    assert b"FLAGS (" not in silent.whole
    highest = talk.ok(b"STATUS INBOX (HIGHESTMODSEQ)").number(b"HIGHESTMODSEQ")
    assert highest == modseq(talk, 2)
    talk.ok(b"STORE 2 +FLAGS (\\Deleted)")
    talk.ok(b"EXPUNGE")
    assert talk.ok(b"SELECT INBOX (CONDSTORE)").number(b"HIGHESTMODSEQ") > highest


def test_changed_since(talk: Talk) -> None:
    for _ in range(3):
        talk.append(SIMPLE)
    start = talk.ok(b"SELECT INBOX (CONDSTORE)").number(b"HIGHESTMODSEQ")
    assert talk.ok(b"UID FETCH 1:* (FLAGS) (CHANGEDSINCE %d)" % start).untagged == []
    talk.ok(b"UID STORE 2 +FLAGS (\\Flagged)")
    found = talk.ok(b"UID FETCH 1:4294967295 (FLAGS) (CHANGEDSINCE %d)" % start).whole
    assert re.fullmatch(rb"\* 2 FETCH \(UID 2 FLAGS \([^)]*\\Flagged[^)]*\) MODSEQ \([0-9]+\)\)\r\n", found)
    answer = talk.ok(b"UID SEARCH MODSEQ %d" % (start + 1))
    assert re.search(rb"\* SEARCH 2 \(MODSEQ %d\)" % modseq(talk, 2), answer.whole)


def test_unchanged_since(talk: Talk) -> None:
    talk.append(SIMPLE)
    talk.append(SIMPLE)
    start = talk.ok(b"SELECT INBOX (CONDSTORE)").number(b"HIGHESTMODSEQ")
    talk.ok(b"STORE 1 +FLAGS (\\Seen)")
    refused = talk.ok(b"UID STORE 1:2 (UNCHANGEDSINCE %d) +FLAGS (\\Flagged)" % start)
    assert refused.text.startswith(b"[MODIFIED 1] ")
    assert (flags(talk, b"1"), flags(talk, b"2")) == ({b"\\Seen"}, {b"\\Flagged"})


# ---------------------------------------------------------------- SEARCH
SEARCHES = {
    b"ALL": [1, 2, 3],
    b"SEEN": [2],
    b"UNSEEN": [1, 3],
    b"NOT SEEN": [1, 3],
    b"OR SEEN FLAGGED": [2, 3],
    b"FLAGGED UNSEEN": [3],
    b"(OR SEEN FLAGGED) NOT (SEEN)": [3],
    b"KEYWORD blue": [3],
    b"UNKEYWORD Blue": [1, 2],
    b"SUBJECT quarterly": [1, 3],
    b"FROM ana@": [1, 2, 3],
    b"FROM RUIZ": [1, 3],
    b"TO bo@firm.example": [1, 3],
    b"CC bo": [],
    b"HEADER Message-ID <1@client.example>": [1, 3],
    b'HEADER X-Nope ""': [],
    b'HEADER In-Reply-To ""': [2],
    b'BODY "second line"': [1, 3],
    b"BODY quarterly": [],
    b"TEXT quarterly": [1, 3],
    b'TEXT "inner body"': [2],
    'CHARSET UTF-8 TEXT "SEÑOR"'.encode(): [2],
    b"BODY JVBERi0": [],
    b"SINCE 1-Feb-2026": [1, 2, 3],
    b"SINCE 2-Feb-2026": [2, 3],
    b"BEFORE 2-Feb-2026": [1],
    b"ON 1-Feb-2026": [1],
    b"SENTON 1-Feb-2026": [1, 3],
    b"SENTSINCE 2-Feb-2026": [],
    b"LARGER 500": [2],
    b"SMALLER 500": [1, 3],
    b"UID 2:4294967295": [2, 3],
    b"UID 900:*": [3],
    b"2:3 UNSEEN": [3],
    b"9": [],
    b"NOT UID 1": [2, 3],
    b"DELETED": [],
    b"UNDELETED UNANSWERED UNDRAFT": [1, 2, 3],
}


@pytest.fixture(scope="module")
def searched() -> Iterator[dict[str, Talk]]:
    """One session per server for all the searches, which change nothing."""
    opened: dict[str, Talk] = {}
    yield opened
    for talk in opened.values():
        talk.close()


@pytest.mark.parametrize("server", ["rehearsal", pytest.param("dovecot", marks=pytest.mark.dovecot)])
@pytest.mark.parametrize("key", SEARCHES)
def test_search(request: pytest.FixtureRequest, searched: dict[str, Talk], server: str, key: bytes) -> None:
    if server not in searched:
        talk = searched[server] = next(request.getfixturevalue(f"{server}_mailboxes")).opened()
        talk.append(SIMPLE, extra=b'"01-Feb-2026 10:11:12 +0000" ')
        talk.append(NESTED, extra=b'(\\Seen) "03-Feb-2026 10:11:12 +0000" ')
        talk.append(SIMPLE, extra=b'(\\Flagged Blue) "04-Feb-2026 10:11:12 +0000" ')
    assert uids(searched[server], key) == SEARCHES[key]


def test_extended_search(talk: Talk) -> None:
    for _ in range(3):
        talk.append(SIMPLE)
    tag = talk.begin(b"UID SEARCH RETURN (MIN MAX COUNT ALL) NOT UID 2")
    found = talk.answer(tag).whole
    assert found.startswith(b'* ESEARCH (TAG "' + tag + b'") UID ')
    for word in (b"MIN 1", b"MAX 3", b"COUNT 2", b"ALL 1,3"):
        assert word in found
    assert b"COUNT 0" in talk.ok(b"SEARCH RETURN (COUNT) DELETED").whole
    assert b"ALL" not in talk.ok(b"SEARCH RETURN () DELETED").whole
    assert talk.run(b"SEARCH CHARSET NOPE ALL").text.startswith(b"[BADCHARSET")


# ---------------------------------------------------------------- IDLE
def test_idle_tells_of_mail_flags_and_expunges_at_once(box: Mailbox, talk: Talk) -> None:
    tag = talk.idle()
    with box.opened(login=box.other_login) as other:
        other.append(SIMPLE)
        assert talk.until(b"EXISTS")[-1] == b"* 1 EXISTS\r\n"
        other.ok(b"STORE 1 +FLAGS (\\Flagged)")
        assert re.match(rb"\* 1 FETCH \(.*\\Flagged", talk.until(b"FETCH")[-1])
        other.ok(b"STORE 1 +FLAGS.SILENT (\\Deleted)")
        other.ok(b"EXPUNGE")
        assert talk.until(b"EXPUNGE")[-1] == b"* 1 EXPUNGE\r\n"
        box.deliver(SIMPLE)
        assert talk.until(b"EXISTS")[-1] == b"* 1 EXISTS\r\n"
    talk.send(b"DONE\r\n")
    assert talk.answer(tag).status == b"OK"
    assert uids(talk) == [2]


def test_idle_ends_with_done_only(talk: Talk) -> None:
    tag = talk.idle()
    talk.send(b"NOOP\r\n")
    assert talk.answer(tag).status == b"BAD"
    talk.ok(b"NOOP")


# ---------------------------------------------------------------- through other people's clients
def test_a_day_with_imapclient(box: Mailbox) -> None:
    with imapclient_of(box) as client:
        client.starttls(box.context())
        client.login(box.login, box.password)
        special = {flag: name for flags_, _, name in client.list_folders() for flag in flags_ if flag in _SPECIAL}
        assert special[b"\\Sent"] == "Sent"
        client.select_folder("INBOX")
        client.idle()
        box.deliver(SIMPLE)
        seen: list[object] = []
        while (1, b"EXISTS") not in seen:
            seen += client.idle_check(timeout=10)
        client.idle_done()
        assert client.search(["FROM", "ana@client.example"]) == [1]
        assert client.fetch([1], ["BODY.PEEK[]"])[1][b"BODY[]"] == SIMPLE
        client.add_flags([1], [imapclient.SEEN])
        client.move([1], "Archive")
        assert client.search() == []
        assert client.select_folder("Archive")[b"EXISTS"] == 1
        assert imapclient.SEEN in client.get_flags([1])[1]


_SPECIAL = (b"\\Sent", b"\\Archive", b"\\Drafts", b"\\Junk", b"\\Trash")


def test_a_day_with_imaplib(box: Mailbox) -> None:
    with imaplib.IMAP4_SSL("localhost", box.tls_port, ssl_context=box.context(), timeout=20) as client:
        client.login(box.login, box.password)
        assert client.append("INBOX", "(\\Flagged)", imaplib.Time2Internaldate(0.0), SIMPLE)[0] == "OK"
        assert client.select("INBOX") == ("OK", [b"1"])
        assert client.uid("SEARCH", "FLAGGED") == ("OK", [b"1"])
        (envelope, raw), _ = client.uid("FETCH", "1", "(BODY.PEEK[])")[1]
        assert b"UID 1" in envelope
        assert raw == SIMPLE
        assert client.uid("STORE", "1", "+FLAGS", "(\\Deleted)")[0] == "OK"
        assert client.expunge() == ("OK", [b"1"])
