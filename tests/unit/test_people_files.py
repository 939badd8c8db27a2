"""Files of contacts as other programs write them: [C7] on the corpus, on cases of our own, and on anything at all."""

import base64
import json
import quopri
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.people import NewPerson
from tests.support.corpora import folder
from tui.people.decoding import text_of
from tui.people.found import MOST_COLUMNS, MOST_FIELD, BadFile, addresses_in
from tui.people.reading import BATCH_LETTERS, batches, bytes_of, read_people

CORPORA = folder()
FILES = (CORPORA or Path()) / "contacts" / "thunderbird-import"
with_corpora = pytest.mark.skipif(CORPORA is None, reason="the corpora are not here")
CSV_HEAD = "Name,E-mail\r\n"


def brief(people: tuple[NewPerson, ...]) -> list[tuple[str, tuple[str, ...]]]:
    return [(person.name, person.addresses) for person in people]


# ---- The corpus


@with_corpora
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("basic_csv_addressbook.csv", "csv_import"),
        ("csv_semicolon.csv", "csv_import"),
        ("csv_no_header.csv", "csv_import"),
        ("utf16_addressbook.csv", "utf16_csv"),
        ("shiftjis_addressbook.csv", "shiftjis_csv"),
        ("quote.csv", "quote_csv"),
        ("basic_vcard_addressbook.vcf", "vcard_import"),
        ("emptylines_vcard_addressbook.vcf", "vcard_import"),
        ("dos_vcard_addressbook.vcf", "dos_vcard_import"),
        ("basic_ldif_addressbook.ldif", "basic_addressbook"),
        ("bug_263304.ldif", "bug_263304"),
    ],
)
def test_the_corpus_is_read_as_its_own_program_reads_it(file: str, expected: str) -> None:
    books = json.loads((FILES / "addressbook.json").read_text())
    wanted = [
        (card["DisplayName"], tuple(card[key] for key in ("PrimaryEmail", "SecondEmail") if key in card))
        for card in books[expected]
    ]
    assert brief(read_people((FILES / file).read_bytes()).people) == wanted


@with_corpora
def test_rows_with_another_delimiter_than_the_rest() -> None:
    found = read_people((FILES / "tab_comma_mixed.csv").read_bytes())
    assert brief(found.people) == [(str(n), (f"{n}@host.invalid",)) for n in range(1, 5)]
    assert [person.line for person in found.people] == [1, 2, 3, 4]


# ---- Encodings


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "Ñandú"), ("utf-8-sig", "Ñandú"), ("utf-16", "Ñandú"), ("utf-16-le", "Ana"), ("utf-16-be", "Ana"),
        ("utf-32", "Ñandú"), ("cp1252", "José Núñez"), ("cp1252", "André “Dé” Müller"), ("cp1251", "Ольга Смирнова"),
        ("shift_jis", "田中さくら"), ("euc_kr", "김철수"), ("gb18030", "王芳"),
    ],
)  # fmt: skip
def test_encodings_are_found(encoding: str, name: str) -> None:
    raw = f"Name,E-mail\r\n{name},a@x.example\r\n".encode(encoding)
    assert brief(read_people(raw).people) == [(name, ("a@x.example",))]


def test_a_person_may_say_the_encoding() -> None:
    raw = "Name,E-mail\r\nŁukasz,l@x.example\r\n".encode("cp1250")
    assert read_people(raw, encoding="windows-1250").people[0].name == "Łukasz"
    for bad in ("klingon", "utf-8", "rot13", "hex", ""):
        with pytest.raises(BadFile) as refused:
            read_people(raw, encoding=bad)
        assert refused.value.code == "people_encoding"


@given(st.binary(max_size=400))
def test_any_bytes_have_some_text(data: bytes) -> None:
    text, encoding = text_of(data)
    assert isinstance(text, str)
    assert encoding


# ---- CSV


def test_quoted_line_ends_delimiters_and_quotes_stay_in_their_cell() -> None:
    raw = CSV_HEAD + '"Ann, the\r\n""first""",ann@x.example\r\nBob,bob@x.example\r\n'
    first, second = read_people(raw.encode()).people
    assert (first.name, first.line, second.line) == ('Ann, the\r\n"first"', 2, 4)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found(delimiter: str, end: str) -> None:
    lines = (("First Name", "Last Name", "E-mail 1 - Value"), ("Ana", "Olmo", "a@x.example"), ("", "", ""))
    found = read_people(end.join(delimiter.join(line) for line in lines).encode())
    assert (brief(found.people), found.delimiter) == ([("Ana Olmo", ("a@x.example",))], delimiter)


@pytest.mark.parametrize(
    ("head", "role"),
    [
        ("E-mail Address", "email"), ("E-mail 2 Address", "email"), ("E-mail Display Name", ""), ("E-mail Type", ""),
        ("E-mail 1 - Label", ""), ("Correo electrónico", "email"), ("Nombre", "first"), ("Apellidos", "last"),
        ("Display Name", "name"), ("Cliente", "client"), ("Company", ""), ("Notes", ""), ("Mailing Address", ""),
    ],
)  # fmt: skip
def test_columns_of_known_programs(head: str, role: str) -> None:
    raw = f"First Name,Surname,{head},Email\r\nAna,Olmo,x,a@x.example\r\n"
    assert [one.role for one in read_people(raw.encode()).columns if one.name == head] == [role]


def test_a_person_says_which_column_is_which() -> None:
    raw = b"Who,Firm,Reach\nAna,Olmo Ltd;Harbour,a@x.example\n"
    found = read_people(raw, mapping={"name": ["who"], "client": ["2"], "email": ["Reach"]})
    assert found.people == (NewPerson(line=2, name="Ana", addresses=("a@x.example",), clients=("Olmo Ltd", "Harbour")),)
    assert [column.role for column in found.columns] == ["name", "client", "email"]
    for mapping in ({"name": ["Nobody"]}, {"name": ["0"]}, {"name": ["4"]}, {"colour": ["Who"]}):
        with pytest.raises(BadFile) as refused:
            read_people(raw, mapping=mapping)
        assert refused.value.code == "no_column"


def test_several_addresses_in_one_cell() -> None:
    assert addresses_in("a@x.example ::: b@x.example") == ("a@x.example", "b@x.example")
    assert addresses_in("Ana <a@x.example>; 'b@x.example'") == ("a@x.example", "b@x.example")
    assert addresses_in("not an address") == ("not an address",)
    assert addresses_in("") == ()


def test_a_formula_is_text() -> None:
    raw = CSV_HEAD + '"=HYPERLINK(""http://x"")",a@x.example\r\n+1+1,b@x.example\r\n'
    assert [one.name for one in read_people(raw.encode()).people] == ['=HYPERLINK("http://x")', "+1+1"]


def test_what_is_no_list_is_refused_with_its_line() -> None:
    for raw, code in (
        (CSV_HEAD + "x," * 1_000_000, "too_many_columns"),
        (CSV_HEAD + ",".join(["x"] * (MOST_COLUMNS + 1)), "too_many_columns"),
        (CSV_HEAD + f"{'x' * (MOST_FIELD + 1)},a@x.example\n", "people_file"),
        (CSV_HEAD + '"' + "x\n" * MOST_FIELD, "people_file"),
    ):
        with pytest.raises(BadFile) as refused:
            read_people(raw.encode())
        assert (refused.value.code, refused.value.arguments["line"]) == (code, 2)


def test_too_many_are_refused() -> None:
    raw = CSV_HEAD + "".join(f"n{n},n{n}@x.example\n" for n in range(100_001))
    with pytest.raises(BadFile) as refused:
        read_people(raw.encode())
    assert refused.value.code == "too_many_people"


CELLS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufeff\u2028\u2029"), max_size=12
)


@given(st.lists(st.tuples(CELLS, st.integers(0, 999)), min_size=1, max_size=8))
def test_what_a_program_writes_is_read_back(rows: list[tuple[str, int]]) -> None:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    raw = CSV_HEAD + "".join(f"{quoted(name)},u{n}@x.example\r\n" for name, n in rows)
    found = read_people(raw.encode("utf-8-sig"))
    assert brief(found.people) == [(name.strip(), (f"u{n}@x.example",)) for name, n in rows]


# ---- vCard


def card(*lines: str, end: str = "\r\n") -> bytes:
    return end.join(["BEGIN:VCARD", *lines, "END:VCARD", ""]).encode()


@pytest.mark.parametrize(
    "lines",
    [
        ("VERSION:2.1", "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=91and=C3=BA=", "=20Olmo",
         "EMAIL;INTERNET:a@x.example"),
        ("VERSION:3.0", "FN:Ñandú", "  Olmo", "item1.EMAIL;type=INTERNET;type=pref:a@x.example", "item1.X-ABLabel:W"),
        ("VERSION:4.0", "fn:Ñandú Olmo", 'EMAIL;TYPE="work,home";PREF=1:a@x.example', "PHOTO:data:image/png;base64,A="),
        ("VERSION:3.0", "N:Olmo;Ñandú;;;", "EMAIL:a@x.example"),
        ("VERSION:2.1", "AGENT:", "BEGIN:VCARD", "FN:Agent", "EMAIL:agent@x.example", "END:VCARD", "N:Olmo;Ñandú",
         "EMAIL:a@x.example"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n"])
def test_cards_of_three_versions(lines: tuple[str, ...], end: str) -> None:
    assert brief(read_people(card(*lines, end=end)).people) == [("Ñandú Olmo", ("a@x.example",))]


def test_a_card_s_escapes_and_parts() -> None:
    raw = card("VERSION:3.0", r"FN:Olmo\, Ana\; \\o/", "ORG:Olmo Ltd;Kitchen", "EMAIL:a@x.example", "EMAIL:b@x.example")
    found = read_people(raw, mapping={"client": ["org"]})
    assert found.people == (
        NewPerson(line=1, name="Olmo, Ana; \\o/", addresses=("a@x.example", "b@x.example"), clients=("Olmo Ltd",)),
    )


def test_a_card_that_does_not_end_is_still_one() -> None:
    raw = card("FN:One", "EMAIL:one@x.example") + b"BEGIN:VCARD\nFN:Two\nEMAIL:two@x.example\n"
    assert [one.name for one in read_people(raw).people] == ["One", "Two"]


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=300))
def test_any_text_after_a_card_s_beginning_is_no_harm(text: str) -> None:
    found = read_people(f"BEGIN:VCARD\n{text}".encode())
    assert found.format == "vcard"
    assert all(isinstance(one, NewPerson) for one in found.people)


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30))
def test_quoted_printable_names_are_read_back(name: str) -> None:
    said = quopri.encodestring(name.encode(), quotetabs=True).decode().replace("\n", "\r\n")
    raw = card("VERSION:2.1", f"FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:{said}", "EMAIL:a@x.example")
    escaped = name.replace("\\n", "\n").replace("\\N", "\n")
    if "\\" not in name:
        assert read_people(raw).people[0].name == escaped.strip()


# ---- LDIF


def test_ldif_in_base64_folded_with_comments_options_and_urls() -> None:
    name = base64.b64encode("Ñandú Olmo".encode()).decode()
    raw = (
        "version: 1\n# a comment\n that goes on\n"
        f"dn:: {base64.b64encode('cn=Ñandú'.encode()).decode()}\ncn;lang-es:: {name[:6]}\n {name[6:]}\n"
        "mail: a@x.exa\n mple\nmail: b@x.example\njpegphoto:< file:///etc/passwd\no: Olmo Ltd\n\n\n"
        "dn: cn=All\nobjectclass: groupOfNames\ncn: All\nmember: cn=x\n\n"
        "dn: cn=Gone\nchangetype: delete\nmail: gone@x.example\n\n"
        "dn: cn=Bob\nchangetype: add\ngivenName: Bob\nsn: Blum\nmail: bob@x.example\n"
    )
    found = read_people(raw.encode(), mapping={"client": ["o"]})
    assert found.format == "ldif"
    assert brief(found.people) == [
        ("Ñandú Olmo", ("a@x.example", "b@x.example")),
        ("Bob Blum", ("bob@x.example",)),
    ]
    assert found.people[0].clients == ("Olmo Ltd",)


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=300))
def test_any_text_after_an_entry_s_beginning_is_no_harm(text: str) -> None:
    found = read_people(f"dn: cn=x\n{text}".encode())
    assert all(isinstance(one, NewPerson) for one in found.people)


# ---- For the wire


async def test_lines_go_in_frames_in_their_order() -> None:
    people = [NewPerson(line=n, name="x" * 400, addresses=(f"a{n}@x.example",) * 5) for n in range(3_000)]
    sent = [batch.people async for batch in batches(people)]
    assert [one for batch in sent for one in batch] == people
    assert all(sum(len(one.name) + sum(map(len, one.addresses)) for one in batch) <= BATCH_LETTERS for batch in sent)


# ---- What is no file of contacts


@pytest.mark.parametrize(
    ("path", "code"), [("/dev/zero", "too_long"), ("/nowhere/people.csv", "no_file"), ("/", "no_file")]
)
def test_a_device_and_what_is_no_file_are_refused(path: str, code: str) -> None:
    with pytest.raises(BadFile) as refused:
        bytes_of(Path(path))
    assert refused.value.code == code
