"""The views beside those by state, for each kind of reader; what rows say of what people set on threads."""

from dataclasses import replace

import pytest

from actors.desk.leaving import KEPT_SECONDS
from actors.desk.reading import Readers, VaultReader
from store.mime.read import read_copy
from store.model.address import Person
from store.model.errors import Away, NotFound
from store.model.evidence import Kind, Verified
from store.model.firm import MemberRole
from store.model.ids import ClientKey, EmailId, MailboxKey, MemberKey, ThreadKey
from store.model.views import EmailView, FolderRow, ThreadQuery, ThreadRow, View
from store.vault.ids import Ids
from store.vault.queries.visible import LEFT_SECONDS
from tests.support.planted import SECRET, Planted, PlantedContent, PlantedCopy, PlantedEmail
from tests.support.planted_worlds import DAY, NOW

IDS = Ids(SECRET)
SOON = NOW + 3600


class Firm:
    """Olga owns; Emil and Walt have the client, Walt behind a wall; Nina has nothing. Each but Nina has a mailbox."""

    def __init__(self) -> None:
        self.planted = Planted.at()
        self.byron = self.planted.client("Byron")
        self.olga = self.planted.member("Olga", MemberRole.OWNER)
        self.emil = self.planted.member("Emil", clients=(self.byron,))
        self.nina = self.planted.member("Nina")
        self.walt = self.planted.member("Walt", clients=(self.byron,), walls=(self.byron,))
        self.members = (self.olga, self.emil, self.nina, self.walt)
        self.olgas = self.planted.mailbox("olga@firm.example", self.olga)
        self.emils = self.planted.mailbox("emil@firm.example", self.emil)
        self.walts = self.planted.mailbox("walt@firm.example", self.walt)
        self.readers = Readers()

    def filed(self, *boxes: MailboxKey | PlantedCopy, thread: ThreadKey | None = None) -> PlantedEmail:
        """A client's mail to Olga."""
        return self.planted.email(*(boxes or (self.olgas,)), thread=thread, filings=(self.byron,))

    def reader(self, member: MemberKey, *, now: int = NOW) -> VaultReader:
        return self.readers.reader(self.planted.database, member, now)

    def rows(self, member: MemberKey, view: View = View.ALL, *, now: int = NOW) -> tuple[ThreadRow, ...]:
        return self.reader(member, now=now).threads(ThreadQuery(view=view), offset=0, limit=100).rows

    def threads(self, member: MemberKey, view: View, *, now: int = NOW) -> list[str]:
        return [row.thread for row in self.rows(member, view, now=now)]

    def who(self, view: View) -> list[MemberKey]:
        """In whose view there is anything."""
        return [member for member in self.members if self.threads(member, view)]

    def folder(self, member: MemberKey, view: View | None) -> FolderRow:
        return next(row for row in self.reader(member).folders() if row.view is view)


# ---- Cc


def test_only_in_copy_beside_a_colleague_is_a_list_of_its_own() -> None:
    firm = Firm()
    mail = firm.planted.email(
        firm.olgas, firm.emils, firm.walts,
        filings=(firm.byron,), to=("olga@firm.example",), cc=("emil@firm.example", "walt@firm.example"),
    )  # fmt: skip
    firm.planted.finish()
    assert firm.who(View.CC) == [firm.emil]
    assert firm.who(View.INBOX) == [firm.olga]
    assert firm.folder(firm.emil, View.CC).threads == 1
    firm.planted.snooze(firm.emil, mail, SOON)
    firm.planted.finish(mail.thread)
    assert firm.who(View.CC) == []


# ---- Assigned


@pytest.mark.parametrize(("name", "sees"), [("olga", True), ("emil", True), ("nina", False), ("walt", False)])
def test_assigned_are_those_that_the_assignee_sees(name: str, *, sees: bool) -> None:
    firm = Firm()
    assignee: MemberKey = getattr(firm, name)
    firm.planted.assign(firm.filed(), assignee)
    firm.planted.finish()
    assert firm.who(View.ASSIGNED) == ([assignee] if sees else [])
    assert firm.rows(firm.olga)[0].assigned == name.capitalize()
    assert firm.folder(assignee, View.ASSIGNED).threads == int(sees)


def test_the_assignment_on_the_newest_email_that_is_seen_counts() -> None:
    firm = Firm()
    first = firm.filed()
    hidden = firm.planted.email(firm.olgas, thread=first.thread)
    firm.planted.assign(first, firm.emil)
    firm.planted.assign(hidden, None)
    firm.planted.finish()
    assert firm.who(View.ASSIGNED) == [firm.emil]
    assert [firm.rows(member)[0].assigned for member in (firm.olga, firm.emil)] == [None, "Emil"]


def test_what_is_done_is_assigned_no_more() -> None:
    firm = Firm()
    mail = firm.filed()
    firm.planted.assign(mail, firm.emil)
    firm.planted.finish()
    assert firm.who(View.ASSIGNED) == [firm.emil]
    firm.planted.done(firm.olga, mail)
    firm.planted.finish(mail.thread)
    assert firm.who(View.ASSIGNED) == []


# ---- Snoozed


def test_a_snooze_is_one_s_own_and_leaves_the_client_s_folder_alone() -> None:
    firm = Firm()
    mail = firm.filed()
    firm.planted.snooze(firm.emil, mail, SOON)
    firm.planted.finish()
    assert firm.who(View.SNOOZED) == [firm.emil]
    assert firm.who(View.INBOX) == [firm.olga]
    assert firm.threads(firm.emil, View.ALL) == [IDS.thread(mail.thread)]
    folder = ThreadQuery(client=IDS.client(firm.byron))
    (row,) = firm.reader(firm.emil).threads(folder, offset=0, limit=9).rows
    assert row.snoozed_until == SOON
    assert firm.rows(firm.olga)[0].snoozed_until is None
    assert [firm.folder(firm.emil, view).threads for view in (View.INBOX, View.SNOOZED)] == [0, 1]
    assert firm.folder(firm.emil, None).to_answer == 0


def test_what_waits_is_out_of_sight_too() -> None:
    firm = Firm()
    mail = firm.planted.email(firm.olgas, from_="olga@firm.example", to=("ada@byron.example",))
    firm.planted.finish()
    assert firm.who(View.WAITING) == [firm.olga]
    firm.planted.snooze(firm.olga, mail, SOON)
    firm.planted.finish(mail.thread)
    assert (firm.who(View.WAITING), firm.who(View.SNOOZED)) == ([], [firm.olga])


def test_a_kept_list_has_it_again_at_its_moment() -> None:
    firm = Firm()
    first, second = firm.filed(), firm.filed()
    firm.planted.snooze(firm.olga, first, SOON)
    firm.planted.snooze(firm.olga, second, SOON + 50)
    firm.planted.finish()
    told = [
        [len(firm.threads(firm.olga, view, now=now)) for view in (View.INBOX, View.SNOOZED)]
        for now in (NOW, SOON - 1, SOON, SOON + 49, SOON + 50)
    ]
    assert told == [[0, 2], [0, 2], [1, 1], [1, 1], [2, 0]]


def test_a_snooze_made_later_ends_at_its_own_moment_in_lists_kept_before() -> None:
    firm = Firm()
    late, early = firm.filed(), firm.filed()
    firm.planted.snooze(firm.olga, late, SOON + 1000)
    firm.planted.finish()
    assert len(firm.threads(firm.olga, View.INBOX)) == 1
    firm.planted.snooze(firm.olga, early, SOON)
    firm.planted.finish(early.thread)
    assert [len(firm.threads(firm.olga, View.INBOX, now=now)) for now in (NOW, SOON - 1, SOON)] == [0, 0, 1]


def test_mail_from_outside_brings_it_back() -> None:
    firm = Firm()
    mail = firm.filed()
    firm.planted.snooze(firm.olga, mail, SOON)
    firm.planted.finish()
    assert firm.who(View.SNOOZED) == [firm.olga]
    firm.planted.email(firm.olgas, thread=mail.thread, kind=Kind.BULK)
    firm.planted.finish(mail.thread)
    assert firm.who(View.SNOOZED) == [firm.olga]
    firm.filed(thread=mail.thread)
    firm.planted.finish(mail.thread)
    assert firm.who(View.SNOOZED) == []
    assert firm.threads(firm.olga, View.INBOX) == [IDS.thread(mail.thread)]


# ---- Sent


def test_sent_is_what_came_from_own_addresses_by_the_newest_of_it() -> None:
    firm = Firm()
    threads = [firm.planted.thread(), firm.planted.thread()]
    for thread in (*threads, threads[0]):
        firm.planted.email(
            firm.olgas, thread=thread, filings=(firm.byron,), from_="olga@firm.example", to=("ada@byron.example",)
        )
    firm.filed(thread=threads[1])
    firm.planted.finish()
    assert firm.who(View.SENT) == [firm.olga]
    assert firm.threads(firm.olga, View.SENT) == [IDS.thread(thread) for thread in threads]
    assert firm.threads(firm.olga, View.ALL) == [IDS.thread(thread) for thread in threads[::-1]]


def test_who_only_claims_an_own_address_has_sent_nothing() -> None:
    firm = Firm()
    forged = firm.planted.email(firm.olgas, from_="olga@firm.example", verified=Verified.FAIL)
    firm.planted.finish()
    assert firm.threads(firm.olga, View.SENT) == []
    firm.planted.database.run("UPDATE folders SET special_use = 'sent' WHERE folder = ?", (firm.olgas,))
    firm.planted.finish(forged.thread)
    assert firm.threads(firm.olga, View.SENT) == [IDS.thread(forged.thread)]


# ---- Deleted

RAW = b"From: ada@byron.example\r\nBcc: eve@secret.example\r\nSubject: Deed\r\n\r\nThe deed is ready.\r\n"


def copy_of(raw: bytes, mailbox: MailboxKey, *, content: int = 1) -> PlantedCopy:
    head, _gap, body = raw.partition(b"\r\n\r\n")
    return PlantedCopy(
        mailbox,
        content=content,
        header_block=head + b"\r\n\r\n",
        body=body,
        bcc=(Person(address="eve@secret.example"),),
    )


def deleted(firm: Firm, *, ago: int = DAY) -> PlantedEmail:
    """Olga's own mail, which has left her server."""
    mail = firm.planted.email(replace(copy_of(RAW, firm.olgas), gone=True, gone_at=NOW - ago))
    firm.planted.say(firm.olga, mail, unread=True)
    firm.planted.comment(firm.olga, mail, "not ours")
    firm.planted.finish()
    return mail


def test_the_time_is_the_one_after_which_it_is_taken_out() -> None:
    assert LEFT_SECONDS == KEPT_SECONDS


def test_own_mail_that_left_its_server_is_shown_in_deleted_and_opens_there() -> None:
    firm = Firm()
    mail = deleted(firm)
    email, thread = IDS.email(mail.key), IDS.thread(mail.thread)
    assert firm.who(View.DELETED) == [firm.olga]
    (row,) = firm.rows(firm.olga, View.DELETED)
    assert (row.thread, row.subject, row.count) == (thread, "Deed", 1)
    reader = firm.reader(firm.olga)
    (shown,) = reader.thread(thread)
    assert shown.email == email
    assert [seen.gone for seen in shown.sightings] == [True]
    view = reader.email(email, version=0)
    assert (view.text, [person.address for person in view.bcc]) == ("The deed is ready.", ["eve@secret.example"])
    assert reader.raw(email) == RAW
    assert reader.why(email).filings == ()
    assert [comment.text for comment in reader.comments(thread)] == ["not ours"]


def test_it_is_nowhere_else() -> None:
    firm = Firm()
    mail = deleted(firm)
    for view in set(View) - {View.DELETED}:
        assert firm.threads(firm.olga, view) == [], view
        assert firm.folder(firm.olga, view) == FolderRow(view=view)
    assert firm.folder(firm.olga, View.DELETED) == FolderRow(view=View.DELETED, threads=1)
    reader = firm.reader(firm.olga)
    assert reader.search("deed", limit=9, before=None) == ()
    assert reader.search("", limit=9, before=None) == ()
    assert reader.threads(ThreadQuery(view=View.DELETED, text="deed"), offset=0, limit=9).total == 0
    with pytest.raises(NotFound):
        reader.search("", limit=9, before=IDS.email(mail.key))


@pytest.mark.parametrize("name", ["emil", "nina", "walt"])
def test_to_others_it_is_like_what_never_was(name: str) -> None:
    firm = Firm()
    mail = deleted(firm)
    member: MemberKey = getattr(firm, name)
    missing(firm.reader(member), IDS.email(mail.key), mail.thread)
    assert firm.folder(member, View.DELETED) == FolderRow(view=View.DELETED)
    firm.planted.announce("threads_changed", thread=mail.thread)
    assert not any(told.thread for told in firm.reader(member).announced(after=0, limit=100)[0])


def missing(reader: VaultReader, email: EmailId, thread: ThreadKey) -> None:
    for asked in (reader.raw, reader.why, reader.email_key):
        with pytest.raises(NotFound):
            asked(email)
    with pytest.raises(NotFound):
        reader.email(email, version=0)
    with pytest.raises(NotFound):
        reader.part(email, 1, version=0)
    for of_thread in (reader.thread, reader.comments):
        with pytest.raises(NotFound):
            of_thread(IDS.thread(thread))
    assert reader.threads(ThreadQuery(view=View.DELETED), offset=0, limit=9).total == 0


def test_after_its_time_it_is_nowhere() -> None:
    firm = Firm()
    mail = deleted(firm, ago=LEFT_SECONDS)
    assert len(firm.threads(firm.olga, View.DELETED)) == 1
    assert firm.threads(firm.olga, View.DELETED, now=NOW + 1) == []
    missing(firm.reader(firm.olga, now=NOW + 1), IDS.email(mail.key), mail.thread)


def test_its_member_is_told_that_its_thread_changed() -> None:
    firm = Firm()
    mail = deleted(firm)
    seq = firm.planted.announce("threads_changed", thread=mail.thread)
    told, _ = firm.reader(firm.olga).announced(after=seq - 1, limit=9)
    assert [one.thread for one in told] == [IDS.thread(mail.thread)]


def test_a_wall_hides_it_too() -> None:
    firm = Firm()
    mail = firm.filed(PlantedCopy(firm.walts, gone=True, gone_at=NOW - DAY), firm.olgas)
    firm.planted.finish()
    missing(firm.reader(firm.walt), IDS.email(mail.key), mail.thread)


def test_filed_mail_stays_with_its_client_and_is_deleted_to_whose_it_was() -> None:
    firm = Firm()
    firm.filed(PlantedCopy(firm.emils, gone=True, gone_at=NOW - DAY), firm.olgas)
    firm.planted.finish()
    assert firm.who(View.DELETED) == [firm.emil]
    assert firm.who(View.INBOX) == [firm.olga, firm.emil]


def test_mail_with_another_own_copy_is_not_deleted() -> None:
    firm = Firm()
    mail = firm.planted.email(PlantedCopy(firm.olgas, gone=True, gone_at=NOW - DAY), firm.olgas)
    firm.planted.finish()
    assert firm.who(View.DELETED) == []
    assert firm.who(View.UNFILED) == [firm.olga]
    firm.planted.leave(mail, firm.olgas, NOW - 1)
    firm.planted.finish(mail.thread)
    assert firm.who(View.DELETED) == [firm.olga]


def test_a_copy_that_left_shows_no_more_of_an_email_that_is_still_here() -> None:
    """Z16: the version that only the copy that left had is not shown beside the one that stayed."""
    firm = Firm()
    mail = firm.planted.email(
        PlantedCopy(firm.olgas, content=1),
        PlantedCopy(firm.olgas, content=2, gone=True, gone_at=NOW - 1, bcc=(Person(address="eve@secret.example"),)),
        contents=(PlantedContent(subject="One"), PlantedContent(subject="Two")),
    )
    firm.planted.finish()
    view = firm.reader(firm.olga).email(IDS.email(mail.key), version=0)
    assert (view.subject, view.versions, view.bcc) == ("One", 1, ())


def test_one_deleted_email_leaves_its_thread_as_the_others_make_it() -> None:
    firm = Firm()
    stays = firm.planted.email(firm.olgas, from_="olga@firm.example", to=("ada@byron.example",))
    firm.planted.email(PlantedCopy(firm.olgas, gone=True, gone_at=NOW - 1), thread=stays.thread)
    firm.planted.finish()
    assert firm.threads(firm.olga, View.WAITING) == firm.threads(firm.olga, View.DELETED) == [IDS.thread(stays.thread)]
    assert firm.rows(firm.olga)[0].count == 1
    emails = firm.reader(firm.olga).thread(IDS.thread(stays.thread))
    assert [row.thread_state for row in emails] == ["waiting", "waiting"]


# ---- Comments


def test_a_comment_is_seen_by_those_who_see_its_email() -> None:
    """Z2."""
    firm = Firm()
    mail = firm.filed()
    private = firm.planted.email(firm.olgas, thread=mail.thread)
    firm.planted.comment(firm.emil, mail, "call her")
    firm.planted.comment(firm.olga, private, "not for him")
    firm.planted.finish()
    thread = IDS.thread(mail.thread)
    told = {m: [(c.by, c.text) for c in firm.reader(m).comments(thread)] for m in (firm.olga, firm.emil)}
    assert told == {firm.olga: [("Emil", "call her"), ("Olga", "not for him")], firm.emil: [("Emil", "call her")]}
    assert [firm.rows(member)[0].comments for member in (firm.olga, firm.emil)] == [2, 1]
    for member in (firm.nina, firm.walt):
        with pytest.raises(NotFound):
            firm.reader(member).comments(thread)


# ---- Last contact


def test_the_last_contact_is_the_newest_other_personal_email_with_the_client() -> None:
    firm = Firm()
    alone = firm.planted.client("Blum")
    mails = [firm.filed() for _ in range(3)]
    firm.planted.email(firm.olgas, filings=(firm.byron,), kind=Kind.BULK)
    private = firm.planted.email(firm.olgas, filings=(firm.byron,), private=True)
    other = firm.planted.email(firm.olgas, filings=(alone,))
    unfiled = firm.planted.email(firm.olgas)
    firm.planted.finish()

    def last(member: MemberKey, mail: PlantedEmail) -> int | None:
        return firm.reader(member).email(IDS.email(mail.key), version=0).last_contact_at

    assert last(firm.emil, mails[0]) == mails[2].at
    assert last(firm.emil, mails[2]) == mails[1].at
    assert last(firm.olga, mails[2]) == private.at
    assert last(firm.olga, other) is None
    assert last(firm.olga, unfiled) is None


# ---- Folders of one's mailboxes


def test_mail_can_be_moved_to_the_listed_folders_of_own_mailboxes() -> None:
    firm = Firm()
    for name, use, listed in (("Kept", "", 1), ("Archive", "archive", 1), ("Old", "", 0), ("Outbox", "outbox", 1)):
        firm.planted.database.run(
            "INSERT INTO folders (mailbox, name, raw, special_use, listed) VALUES (?, ?, ?, ?, ?)",
            (firm.olgas, name, name.encode(), use, listed),
        )
    told = [(folder.mailbox, folder.name, folder.special_use) for folder in firm.reader(firm.olga).mail_folders()]
    own = "olga@firm.example"
    assert told == [(own, "INBOX", "inbox"), (own, "Archive", "archive"), (own, "Kept", "")]
    assert firm.reader(firm.nina).mail_folders() == ()


# ---- Attachments

MAIL = (
    b"From: ada@byron.example\r\nSubject: Deed\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nSee attached.\r\n"
    b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n"
    b"--b\r\nContent-Type: text/csv; name=b.csv\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n1;=E4\r\n--b--\r\n"
)


def with_parts(firm: Firm, raw: bytes = MAIL, *, filings: tuple[ClientKey, ...] = ()) -> EmailId:
    body = read_copy(raw, uid=1, whole=True).body
    assert body is not None
    content = PlantedContent(text=body.text, parts=body.parts)
    mail = firm.planted.email(copy_of(raw, firm.olgas), contents=(content,), filings=filings)
    firm.planted.finish()
    return IDS.email(mail.key)


def test_an_attachment_is_given_decoded_under_the_number_it_is_shown_with() -> None:
    firm = Firm()
    email = with_parts(firm, filings=(firm.byron,))
    for member in (firm.olga, firm.emil):
        reader = firm.reader(member)
        view: EmailView = reader.email(email, version=0)
        assert [part.name for part in view.attachments] == ["a.pdf", "b.csv"]
        assert [reader.part(email, part.n, version=0) for part in view.attachments] == [b"ABC", b"1;\xe4"]
        for number in (0, 3, -1):
            with pytest.raises(NotFound):
                reader.part(email, number, version=0)
        with pytest.raises(NotFound):
            reader.part(email, 1, version=2)


def test_an_attachment_whose_body_is_elsewhere_is_away() -> None:
    firm = Firm()
    mail = firm.planted.email(firm.olgas, contents=(PlantedContent(text=None),))
    firm.planted.finish()
    with pytest.raises(Away):
        firm.reader(firm.olga).part(IDS.email(mail.key), 1, version=0)


def test_an_attachment_is_that_of_the_version_asked_for() -> None:
    """Z16: a version that the reader may not read is not reached through another's number."""
    firm = Firm()
    raws = [MAIL, MAIL.replace(b"QUJD", b"REVG")]
    bodies = [read_copy(raw, uid=1, whole=True).body for raw in raws]
    contents = [
        PlantedContent(subject=f"Deed {no}", text=body.text, parts=body.parts)
        for no, body in enumerate(bodies)
        if body is not None
    ]
    copies = [copy_of(raws[0], firm.olgas, content=1), copy_of(raws[1], firm.emils, content=2)]
    email = IDS.email(firm.planted.email(*copies, contents=contents).key)
    firm.planted.finish()
    assert firm.reader(firm.olga).part(email, 1, version=0) == b"ABC"
    assert firm.reader(firm.emil).part(email, 1, version=0) == b"DEF"
    with pytest.raises(NotFound):
        firm.reader(firm.olga).part(email, 1, version=2)
