"""One email for one reader: contents and versions, what a copy alone has (Z16), why it is filed; and mailboxes,
notices and journal as they are told.
"""

from collections.abc import Iterator

import pytest

from actors.desk.reading import Readers, VaultReader
from actors.desk.viewing import shared_fields, snippet_around
from store.model.address import Person
from store.model.copy import Part
from store.model.errors import Away, NotAllowed, NotFound
from store.model.evidence import Verified
from store.model.filing import Reason
from store.model.firm import MemberRole, Right
from store.model.ids import EmailId, MemberKey
from store.model.mailbox import Progress, SyncState
from store.model.views import Link, NoticeCount, ThreadQuery
from store.vault.ids import Ids
from tests.support.planted import (
    SECRET,
    START,
    Planted,
    PlantedContent,
    PlantedCopy,
    PlantedEmail,
    PlantedFiling,
)
from tests.support.planted_worlds import NOW

IDS = Ids(SECRET)
HEADERS = (
    b"Received: from secret.example\r\n by mx.firm.example\r\nDelivered-To: olga@firm.example\r\n"
    b"Bcc: zed@hidden.example\r\nX-Forwarded-To: zed@hidden.example\r\nFrom: Ada <ada@byron.example>\r\n"
    b"To: olga@firm.example,\r\n bea@blum.example\r\nSubject: Deed\r\nContent-Type: text/plain\r\n\r\n"
)
BODY = b"The deed is ready.\r\nBcc: in the text\r\n"
ZED = Person(name="Zed", address="zed@hidden.example")


class Firm:
    """Olga with a mailbox, Emil with a client and a mailbox, Eva with the client."""

    def __init__(self) -> None:
        self.planted = planted = Planted.at()
        self.client = planted.client("Byron")
        self.olga = planted.member("Olga", MemberRole.OWNER)
        self.emil = planted.member("Emil", clients=(self.client,))
        self.eva = planted.member("Eva", clients=(self.client,))
        progress = Progress(
            state=SyncState.SYNCING, done=30, total=120, rate=10.0, last_success=NOW - 60, error_code="timeout"
        )
        self.olgas = planted.mailbox("olga@firm.example", self.olga)
        self.emils = planted.mailbox("emil@firm.example", self.emil, progress=progress)

    def reader(self, member: MemberKey) -> VaultReader:
        return Readers().reader(self.planted.database, member, NOW)

    def finish(self, mail: PlantedEmail) -> EmailId:
        self.planted.finish()
        return IDS.email(mail.key)


@pytest.fixture
def firm() -> Iterator[Firm]:
    made = Firm()
    yield made
    made.planted.database.close()


# ---- Contents


TWO = (
    PlantedContent(subject="Deed", text="the first text", reply_to=(Person(address="ada@else.example"),)),
    PlantedContent(subject="[list] Deed", text="the second text"),
)


def test_of_a_filed_email_every_reader_sees_all_versions(firm: Firm) -> None:
    mail = firm.planted.email(
        PlantedCopy(firm.olgas, content=1), PlantedCopy(firm.emils, content=2), contents=TWO, filings=(firm.client,)
    )
    email = firm.finish(mail)
    for member in (firm.olga, firm.emil, firm.eva):
        reader = firm.reader(member)
        views = [reader.email(email, version=version) for version in (0, 1, 2)]
        assert [view.text for view in views] == ["the first text", "the first text", "the second text"]
        assert [view.version for view in views] == [1, 1, 2]
        assert {view.versions for view in views} == {2}
        assert views[0].warnings == ("reply_to_differs", "versions")
        assert reader.threads(ThreadQuery(), offset=0, limit=1).rows[0].versions == 2
        with pytest.raises(NotFound):
            reader.email(email, version=3)


def test_of_an_unfiled_email_a_reader_sees_the_content_of_their_own_copy(firm: Firm) -> None:
    mail = firm.planted.email(PlantedCopy(firm.olgas, content=1), PlantedCopy(firm.emils, content=2), contents=TWO)
    email = firm.finish(mail)
    for member, subject in ((firm.olga, "Deed"), (firm.emil, "[list] Deed")):
        reader = firm.reader(member)
        view = reader.email(email, version=0)
        assert (view.subject, view.versions, view.version) == (subject, 1, 1)
        assert reader.threads(ThreadQuery(), offset=0, limit=1).rows[0].subject == subject
        with pytest.raises(NotFound):
            reader.email(email, version=2)


def test_an_email_is_opened_with_all_that_is_in_it(firm: Firm) -> None:
    content = PlantedContent(
        text="See you.\n\nOn Monday Bea wrote:\n> Where?\n-- \nAda",
        parts=(Part(n=1, name="a.pdf", type="application/pdf", size=3, sha256="0"),),
        links=(("https://bank.example", "https://thief.example/"), ("here", "https://byron.example/")),
        hidden_text=True,
        cut=("parts",),
    )
    mail = firm.planted.email(firm.olgas, contents=(content,), verified=Verified.FAIL, filings=(firm.client,))
    view = firm.reader(firm.eva).email(firm.finish(mail), version=0)
    assert "".join(block.text for block in view.blocks) == view.text == content.text
    assert [block.kind for block in view.blocks] == ["text", "quote", "signature"]
    assert view.links == (
        Link(text="https://bank.example", target="https://thief.example/", suspicious=True),
        Link(text="here", target="https://byron.example/"),
    )
    assert [part.name for part in view.attachments] == ["a.pdf"]
    assert view.warnings == ("unverified", "hidden_text", "cut")
    assert [filing.client.name for filing in view.clients] == ["Byron"]


# ---- What a copy alone has


def test_bcc_is_shown_to_the_mailbox_whose_copy_has_it(firm: Firm) -> None:
    mail = firm.planted.email(PlantedCopy(firm.olgas, bcc=(ZED,)), PlantedCopy(firm.emils), filings=(firm.client,))
    email = firm.finish(mail)
    assert firm.reader(firm.olga).email(email, version=0).bcc == (ZED,)
    for member in (firm.emil, firm.eva):
        assert firm.reader(member).email(email, version=0).bcc == ()


def test_a_raw_copy_is_whole_for_its_mailbox_and_without_delivery_for_others(firm: Firm) -> None:
    mail = firm.planted.email(PlantedCopy(firm.olgas, header_block=HEADERS, body=BODY), filings=(firm.client,))
    email = firm.finish(mail)
    assert firm.reader(firm.olga).raw(email) == HEADERS + BODY
    shared = firm.reader(firm.eva).raw(email)
    assert shared.endswith(b"\r\n\r\n" + BODY)
    assert shared.startswith(b"From: Ada <ada@byron.example>\r\nTo: olga@firm.example,\r\n bea@blum.example\r\n")
    assert b"hidden" not in shared.replace(BODY, b"")
    assert b"secret" not in shared


def test_one_s_own_copy_is_taken_before_another_s(firm: Firm) -> None:
    theirs = PlantedCopy(firm.olgas, header_block=b"From: a\r\n\r\n", body=b"theirs")
    mine = PlantedCopy(firm.emils, header_block=b"Received: by mine\r\n\r\n", body=b"mine")
    email = firm.finish(firm.planted.email(theirs, mine, filings=(firm.client,)))
    assert firm.reader(firm.emil).raw(email) == b"Received: by mine\r\n\r\nmine"


def test_a_body_that_is_not_here_is_said(firm: Firm) -> None:
    email = firm.finish(firm.planted.email(firm.olgas, contents=(PlantedContent(text=None),)))
    reader = firm.reader(firm.olga)
    view = reader.email(email, version=0)
    assert (view.whole, view.text, view.blocks) == (False, "", ())
    assert "body_missing" in view.warnings
    with pytest.raises(Away, match="body_unavailable"):
        reader.raw(email)


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_header_fields_are_let_through_by_name_alone(end: bytes) -> None:
    block = end.join([b"subject : a", b" b", b"X-Anything: c", b"\td", b"no field", b"To: e", b"", b""])
    assert shared_fields(block) == end.join([b"subject : a", b" b", b"To: e", b"", b""])


def test_a_snippet_needs_the_word_as_typed() -> None:
    assert snippet_around("Müller and sons", ["MÜLLER"]) == "Müller and sons"
    assert snippet_around("nothing", ["word"]) is None
    assert snippet_around("İstanbul", ["tan"]) is None  # grows when lowered: places would be wrong


# ---- Ids that moved


def test_ids_from_before_a_joining_open_what_they_became(firm: Firm) -> None:
    mail = firm.planted.email(firm.olgas)
    other = firm.planted.email(firm.olgas)
    old_thread = other.thread
    firm.planted.merge(other.thread, mail.thread)
    firm.planted.database.run("INSERT INTO aliases VALUES (?, ?)", (mail.key + (1 << 30), mail.key))
    firm.planted.finish()
    reader = firm.reader(firm.olga)
    assert reader.email(IDS.email(type(mail.key)(mail.key + (1 << 30))), version=0).email == IDS.email(mail.key)
    assert len(reader.thread(IDS.thread(old_thread))) == 2


# ---- Why


def test_why_names_rules_people_and_suggestions_that_may_be_known(firm: Firm) -> None:
    hidden = firm.planted.client("Hidden")
    mail = firm.planted.email(firm.emils, filings=(PlantedFiling(firm.client, reason="by_hand"), PlantedFiling(hidden)))
    database = firm.planted.database
    database.run("UPDATE filings SET maker = ? WHERE client = ?", (firm.olga, firm.client))
    firm.planted.suggest(mail, hidden, mailboxes=())
    mine, theirs = firm.planted.client("Mine"), firm.planted.client("Theirs")
    database.many("INSERT INTO access VALUES (?, ?, 0)", [(firm.emil, mine), (firm.emil, theirs)])
    firm.planted.suggest(mail, mine, mailboxes=(firm.emils,))
    firm.planted.suggest(mail, theirs, mailboxes=(firm.olgas,))
    why = firm.reader(firm.emil).why(firm.finish(mail))
    assert [(f.client.name, f.reason, f.by, f.confidence) for f in why.filings] == [
        ("Byron", Reason.BY_HAND, "Olga", 100)
    ]
    assert why.filings[0].address == "ada@byron.example"
    assert [(f.client.name, f.reason) for f in why.alternatives] == [("Mine", Reason.DOMAIN)]


# ---- Mailboxes


def test_others_hear_of_a_mailbox_only_how_it_is(firm: Firm) -> None:
    firm.planted.database.run("INSERT INTO audits VALUES (2, 1, 9, 8, 1, 0)")
    (own,) = firm.reader(firm.emil).mailbox_statuses(member=None)
    assert (own.done, own.total, own.rate, own.eta_s, own.lag_s) == (30, 120, 10.0, 9, 60)
    assert own.audit is not None
    olgas, emils = firm.reader(firm.olga).mailbox_statuses(member=None)
    assert (olgas.address, olgas.state) == ("olga@firm.example", SyncState.SYNCING)
    assert (emils.state, emils.done, emils.total, emils.rate, emils.eta_s) == (SyncState.SYNCING, 25, 100, 0.0, None)
    assert (emils.lag_s, emils.last_error, emils.audit) == (60, "timeout", None)
    assert firm.reader(firm.eva).mailbox_statuses(member=None) == ()
    assert firm.reader(firm.eva).mailbox_statuses(member="Emil") == ()
    (missing,) = firm.reader(firm.olga).mailbox_statuses(member="Eva")
    assert missing.state is SyncState.NOT_SET_UP
    with pytest.raises(NotFound):
        firm.reader(firm.olga).mailbox_statuses(member="Nobody")


def test_a_paused_mailbox_is_paused_and_only_its_members_see_its_settings(firm: Firm) -> None:
    firm.planted.database.run("UPDATE mailboxes SET paused = 1 WHERE mailbox = 2")
    (view,) = firm.reader(firm.emil).mailboxes()
    assert (view.settings.address, view.members, view.paused, view.state) == (
        "emil@firm.example", ("Emil",), True, SyncState.PAUSED,
    )  # fmt: skip
    assert [box.settings.address for box in firm.reader(firm.olga).mailboxes()] == ["olga@firm.example"]
    assert firm.reader(firm.eva).mailboxes() == ()
    assert not firm.reader(firm.eva).has_mailboxes()


# ---- People


def test_a_contact_is_shown_with_the_clients_that_may_be_known(firm: Firm) -> None:
    hidden = firm.planted.client("Hidden")
    firm.planted.contact("Ann", ("ann@x.example", "ann@y.example"), (firm.client, hidden))
    firm.planted.contact("Far", ("far@x.example",), (hidden,))
    firm.planted.contact("Free", ("free@x.example",), ())
    to_emil = firm.reader(firm.emil)
    (ann,) = to_emil.contacts()
    assert (ann.name, ann.clients) == ("Ann", (IDS.client(firm.client),))
    assert {contact.name for contact in firm.reader(firm.olga).contacts()} == {"Ann", "Far", "Free"}
    ((contact, switches),) = to_emil.client("byron").contacts
    assert contact == ann
    assert [(one.address, one.email_sync) for one in switches] == [("ann@x.example", True), ("ann@y.example", True)]


def test_a_member_s_rights_and_clients_are_their_own_and_the_managers_business(firm: Firm) -> None:
    firm.planted.member("Adam", MemberRole.ADMIN)
    firm.planted.member("Rita", rights=(Right.SEND,), clients=(firm.client,))
    for member, knows in ((firm.olga, {"Olga", "Emil", "Eva", "Adam", "Rita"}), (firm.emil, {"Emil"})):
        told = firm.reader(member).members()
        assert {one.name for one in told} == {"Olga", "Emil", "Eva", "Adam", "Rita"}
        assert {one.name for one in told if one.clients or one.rights} == knows & {"Emil", "Eva", "Rita"}
    assert firm.reader(firm.emil).me().name == "Emil"


# ---- Notices and the journal


def test_a_notice_says_which_colleagues_have_read_the_email(firm: Firm) -> None:
    mail = firm.planted.email(firm.olgas, filings=(firm.client,))
    firm.planted.notice(firm.emil, "client_wrote", email=mail.key, client=firm.client, arguments={})
    firm.planted.say(firm.olga, mail, unread=True)
    firm.finish(mail)
    (notice,) = firm.reader(firm.emil).notices(archived=False)
    assert (notice.seen_by, notice.email, notice.thread) == ((), IDS.email(mail.key), IDS.thread(mail.thread))
    firm.planted.say(firm.olga, mail)  # read, says Olga
    firm.planted.say(firm.eva, mail)
    firm.planted.say(firm.emil, mail)
    (notice,) = firm.reader(firm.emil).notices(archived=False)
    assert notice.seen_by == ("Eva", "Olga")
    assert firm.reader(firm.emil).notice_count() == NoticeCount(notices=1, unseen=1)
    assert firm.reader(firm.olga).notice_count() == NoticeCount()
    assert firm.reader(firm.emil).notices(archived=True) == ()
    firm.planted.database.run("UPDATE notices SET later_until = ?", (NOW + 1,))
    assert firm.reader(firm.emil).notices(archived=False) == ()


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("email 7 8", "email {e7} {e8}"),
        ("9 emails 7 8 …", "9 emails {e7} {e8} …"),
        ("email: email 7 to client 3", "email: email {e7} to client {c3}"),
        ("always: address 5 to client 3", "always: address - to client {c3}"),
        ("member 2 give 3,4 take -", "member {m2} give {c3},{c4} take -"),
        ("mailbox 1 added 5 known 6 failed 0", "mailbox {b1} added 5 known 6 failed 0"),
        ("thread 4 at email 7", "thread {t4} at email {e7}"),
        ("12:abcdef", "12:abcdef"),
        ("notice 6", "notice {n6}"),
        ("contact 2 client 3", "contact {k2} client {c3}"),
        ("", ""),
    ],
)
def test_the_journal_shows_ids_in_the_place_of_keys(firm: Firm, kept: str, told: str) -> None:
    firm.planted.database.run(
        "INSERT INTO journal (at, member, action, object, prev, hash) VALUES (?, 1, 'x', ?, ?, ?)",
        (START, kept, b"\0", b"\1"),
    )
    makers = {"e": IDS.email, "t": IDS.thread, "c": IDS.client, "k": IDS.contact, "m": IDS.member, "b": IDS.mailbox}
    makers["n"] = IDS.notice
    ids = {f"{letter}{key}": make(key) for letter, make in makers.items() for key in range(1, 9)}  # type: ignore[operator] # any key
    page = firm.reader(firm.olga).journal(verify=True, after=0, limit=10)
    assert page.entries[0].object == told.format(**ids)
    assert page.entries[0].member == IDS.member(firm.olga)
    assert page.broken == 1, "what no chain wrote is found out"
    with pytest.raises(NotAllowed):
        firm.reader(firm.emil).journal(verify=False, after=0, limit=10)
