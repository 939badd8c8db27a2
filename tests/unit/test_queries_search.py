"""The search language over a store: what each field finds, for whom; nothing typed is an error (T4, Z16, Z28)."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.desk.reading import Readers
from store.model.address import Person
from store.model.copy import Part
from store.model.errors import Away
from store.model.firm import MemberRole
from store.model.ids import EmailKey, MemberKey
from store.model.views import ThreadQuery, View
from store.vault.ids import Ids
from tests.support.planted import SECRET, START, Planted, PlantedContent, PlantedCopy, PlantedEmail
from tests.support.planted_worlds import NOW

IDS = Ids(SECRET)
MARCH, MAY = 1_772_400_000, 1_777_700_000  # 2026-03-01, 2026-05-02


class Mail:
    """Olga sees all clients, Emil one of them; each has a mailbox."""

    def __init__(self) -> None:
        self.planted = planted = Planted.at()
        self.byron, self.muller = planted.client("Byron & Sons"), planted.client("Familia Müller")
        self.olga = planted.member("Olga", MemberRole.OWNER)
        self.emil = planted.member("Emil", clients=(self.byron,))
        olgas = planted.mailbox("olga@firm.example", self.olga)
        emils = planted.mailbox("emil@firm.example", self.emil)
        ada = Person(name="Ada Byron", address="ada@byron.example")
        self.deed = planted.email(
            PlantedCopy(olgas, bcc=(Person(name="Zed", address="zed@hidden.example"),)),
            filings=(self.byron,),
            from_=ada,
            contents=(PlantedContent(subject="The final deed", text="Please sign the deed before Monday."),),
            seconds=MARCH,
        )
        self.invoice = planted.email(
            olgas,
            filings=(self.muller,),
            from_=Person(name="José Müller", address="jose@muller.example"),
            to=("emil@firm.example",),
            contents=(
                PlantedContent(
                    subject="Factura",
                    text="Adjunto la factura de abril.",
                    parts=(Part(n=1, name="factura-abril.pdf", type="application/pdf", size=1, sha256="0"),),
                ),
            ),
            seconds=MAY,
        )
        self.letter = planted.email(
            emils,
            from_="bea@blum.example",
            to=("ada@byron.example",),
            contents=(PlantedContent(subject="Lunch", text="A deed is not a meal."),),
            seconds=MAY + 60,
        )
        planted.say(self.olga, self.deed, unread=True)
        planted.say(self.emil, self.letter, starred=True)
        planted.database.run("UPDATE folders SET name = 'Ärger/2026', special_use = '' WHERE folder = 2")
        planted.finish()
        self.readers = Readers()

    def found(self, text: str, member: MemberKey | None = None) -> list[str]:
        """The names of what is found, newest first."""
        reader = self.readers.reader(self.planted.database, member or self.olga, NOW)
        names = {IDS.email(mail.key): name for name, mail in vars(self).items() if isinstance(mail, PlantedEmail)}
        return [names[row.email] for row in reader.search(text, limit=50, before=None)]


@pytest.fixture(scope="module")
def mail() -> Iterator[Mail]:
    made = Mail()
    yield made
    made.planted.database.close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["invoice", "deed"]),
        ("deed", ["deed"]),
        ("DEED", ["deed"]),
        ("dee", ["deed"]),  # as one types
        ("dee ", []),
        ('"final deed"', ["deed"]),
        ('"deed final"', []),
        ("deed -monday", []),
        ("-deed", ["invoice"]),
        ("deed OR factura", ["invoice", "deed"]),
        ("subject:deed", ["deed"]),
        ("subject:sign", []),
        ("filename:abril", ["invoice"]),
        ("filename:deed", []),
        ("has:attachment", ["invoice"]),
        ("-has:attachment", ["deed"]),
        ("is:unread", ["deed"]),
        ("is:read", ["invoice"]),
        ("is:starred", []),
        ("is:unread is:read", []),
        ("from:ada", ["deed"]),
        ("from:byron.example", ["deed"]),
        ("from:jose", ["invoice"]),  # a name, without its accent
        ("from:olga", []),
        ("-from:ada", ["invoice"]),
        ("from:ada OR from:jose", ["invoice", "deed"]),
        ("from:ada OR factura", ["invoice", "deed"]),
        ("to:emil", ["invoice"]),
        ("to:zed", ["deed"]),  # a Bcc of one's own
        ("to:hidden.example", ["deed"]),
        ("client:byron", ["deed"]),
        ('client:"familia muller"', ["invoice"]),
        ("-client:byron", ["invoice"]),
        ("client:nobody", []),
        ("in:inbox", ["invoice", "deed"]),
        ("mailbox:olga", ["invoice", "deed"]),
        ("mailbox:emil", []),
        ("assigned:emil", []),
        ("after:2026-05", ["invoice"]),
        ("before:2026-05", ["deed"]),
        ("after:2026-03-01 before:2026-03-02", ["deed"]),
        ("NEAR(final deed)", []),
        ("subject:", []),
        ("AND", []),
        ("*", ["invoice", "deed"]),
    ],
)
def test_what_each_field_finds(mail: Mail, text: str, found: list[str]) -> None:
    assert mail.found(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["letter", "deed"]),
        ("deed", ["letter", "deed"]),
        ("factura", []),
        ("to:zed", []),  # the Bcc is its mailbox's (Z16)
        ("client:muller", []),
        ("-client:muller", ["letter", "deed"]),
        ("mailbox:olga", []),
        ("in:arger", ["letter"]),
        ("in:inbox", []),
        ("is:starred", ["letter"]),
        ("is:unread", []),
        ("to:ada", ["letter"]),
    ],
)
def test_what_another_member_finds(mail: Mail, text: str, found: list[str]) -> None:
    assert mail.found(text, mail.emil) == found


def test_an_id_finds_its_client(mail: Mail) -> None:
    assert mail.found(f"client:{IDS.client(mail.byron)}") == ["deed"]


def test_a_snippet_is_cut_around_the_word_that_was_found() -> None:
    planted = Planted.at()
    olga = planted.member("Olga", MemberRole.OWNER)
    text = "word " * 500 + "Needle " + "word " * 500
    planted.email(planted.mailbox("olga@firm.example", olga), contents=(PlantedContent(text=text),))
    planted.finish()
    reader = Readers().reader(planted.database, olga, NOW)
    (row,) = reader.search("needle", limit=5, before=None)
    assert "Needle" in row.snippet
    assert len(row.snippet) <= 160
    (row,) = reader.search("subject:deed", limit=5, before=None)
    assert row.snippet == text[:160]


def test_lists_are_narrowed_by_a_query(mail: Mail) -> None:
    reader = mail.readers.reader(mail.planted.database, mail.olga, NOW)
    byron = IDS.client(mail.byron)
    for query, found in (
        (ThreadQuery(text="deed"), 1),
        (ThreadQuery(text="deed", client=byron), 1),
        (ThreadQuery(text="factura", client=byron), 0),
        (ThreadQuery(text="factura", view=View.INBOX), 1),
        (ThreadQuery(text="factura", view=View.DONE), 0),
    ):
        assert reader.threads(query, offset=0, limit=9).total == found


WORDS = st.text(alphabet=st.one_of(st.sampled_from(" \"'*:()-^+{}[]~,.\\"), st.characters(codec="utf-8")), max_size=30)
PIECES = st.one_of(
    WORDS,
    st.builds("{}:{}".format, st.sampled_from(("client", "from", "to", "subject", "in", "after", "is", "x")), WORDS),
    st.sampled_from(("AND", "OR", "NOT", "NEAR(", '"', "deed", "{subject}", "subject :", "^deed", "de* ", "a" * 5000)),
)


@given(st.lists(PIECES, max_size=6).map(" ".join))
@settings(max_examples=200)
def test_nothing_that_is_typed_is_an_error(mail: Mail, text: str) -> None:
    found = mail.found(text)
    assert set(found) <= {"invoice", "deed"}
    reader = mail.readers.reader(mail.planted.database, mail.olga, NOW)
    assert reader.threads(ThreadQuery(text=text), offset=0, limit=9).total <= 2


def test_a_query_that_takes_too_long_is_ended() -> None:
    planted = Planted.at()
    olga = planted.member("Olga", MemberRole.OWNER)
    box = planted.mailbox("olga@firm.example", olga)
    for _ in range(300):
        planted.email(box)
    planted.finish()
    ticks = itertools.count(0, 10)  # every look at the time is ten seconds later
    reader = Readers(monotonic=lambda: float(next(ticks))).reader(planted.database, olga, NOW)
    with pytest.raises(Away, match="timeout"):
        reader.search("deed -nothing", limit=300, before=None)
    assert Readers().reader(planted.database, olga, NOW).search("deed", limit=5, before=None)  # and no trace is left


def test_a_page_begins_where_the_one_before_ended() -> None:
    planted = Planted.at()
    olga = planted.member("Olga", MemberRole.OWNER)
    box = planted.mailbox("olga@firm.example", olga)
    two = (PlantedContent(subject="one deed"), PlantedContent(subject="another deed"))
    mails = [
        planted.email(PlantedCopy(box, content=1), PlantedCopy(box, content=2), contents=two, seconds=START + 60 * n)
        for n in range(1, 8)
    ]
    planted.finish()
    reader = Readers().reader(planted.database, olga, NOW)
    found: list[EmailKey] = []
    before = None
    while rows := reader.search("deed", limit=3, before=before):
        found += [IDS.email_key(row.email) for row in rows]
        before = rows[-1].email
    assert found == [mail.key for mail in reversed(mails)]
