"""What servers send is read into numbers, flags and bytes, or is Garbled; nothing else is ever raised."""

import contextlib
import datetime as dt
import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import Garbled, Unavailable
from providers.imap.folders import listed, with_uses
from providers.imap.idle import Idling
from providers.imap.responses import (
    Part,
    Untagged,
    code_of,
    fetch_item,
    flags_in,
    internal_date,
    number,
    status_numbers,
    uid_set,
    uids_in_order,
    uids_of_esearch,
    uids_of_search,
)
from providers.imap.vendor import decode_name, encode_name
from providers.protocols import ListedFolder
from store.model.uidset import MAX_UID


def fetch(*parts: bytes | tuple[bytes, bytes]) -> Untagged:
    return Untagged("FETCH", tuple(Part(part) if isinstance(part, bytes) else Part(*part) for part in parts))


def test_a_fetch_with_a_literal() -> None:
    text = (
        b'12 (UID 5 FLAGS (\\seen $Junk \\Recent) INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 9 '
        b"MODSEQ (77) BODY[HEADER.FIELDS (FROM TO)] {4}"
    )
    item = fetch_item(fetch((text, b"a\r\nb"), b")"))
    assert item == (5, ("\\Seen", "$Junk"), 837596665, 9, 77, b"a\r\nb", None, 0)


def test_bytes_of_a_mail_are_never_read_as_grammar() -> None:
    forged = b"x) UID 9 FLAGS (\\Deleted) BODY[] {3}"
    item = fetch_item(fetch((b"1 (BODY[] {%d}" % len(forged), forged), b" UID 5)"))
    assert (item.uid, item.flags, item.raw) == (5, None, forged)


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        (b'1 (UID 5 BODY[] "a \\"b\\" UID 7")', b'a "b" UID 7'),
        (b"1 (UID 5 BODY[] NIL)", None),
        (b'1 (UID 5 BODY[]<0> "")', b""),
        (b"1 (UID 5)", None),
        (b"1 (UID 5 body[] nil)", None),
    ],
)
def test_small_and_absent_bodies(text: bytes, raw: bytes | None) -> None:
    item = fetch_item(fetch(text))
    assert (item.uid, item.raw) == (5, raw)


@pytest.mark.parametrize(
    "text", [b"", b"1", b"1 (UID)", b"1 (UID 4294967296)", b"1 (FLAGS ((a)))", b"1 (UID 5 BODY[", b"x (UID 5)"]
)
def test_broken_fetches_are_garbled(text: bytes) -> None:
    with pytest.raises(Garbled):
        fetch_item(fetch(text))


@given(
    st.lists(st.one_of(st.binary(max_size=80), st.tuples(st.binary(max_size=40), st.binary(max_size=20))), min_size=1)
)
def test_no_bytes_raise_anything_but_garbled(parts: list[bytes | tuple[bytes, bytes]]) -> None:
    response = fetch(*parts)
    text = response.text
    for read in (fetch_item, status_numbers, lambda one: listed(one, decode_name)):
        with contextlib.suppress(Garbled):
            read(response)
    for scan in (uids_of_search, uids_of_esearch, code_of, number, uid_set, flags_in, internal_date, decode_name):
        with contextlib.suppress(Garbled):
            scan(text)
    with contextlib.suppress(Garbled):
        uids_in_order(text, most=10)


def test_codes() -> None:
    assert code_of(b"[UIDVALIDITY 5] ok") == ("UIDVALIDITY", b"5")
    assert code_of(b"[read-only] ok") == ("READ-ONLY", b"")
    assert code_of(b"fine [UIDNEXT 3]") == ("", b"")


@given(st.integers(0, 4_000_000_000), st.integers(-720, 840))
def test_internal_dates(seconds: int, east: int) -> None:
    when = dt.datetime.fromtimestamp(seconds, dt.timezone(dt.timedelta(minutes=east)))
    assert internal_date(when.strftime("%d-%b-%Y %H:%M:%S %z").encode()) == seconds


@pytest.mark.parametrize("text", [b"", b"32-Jax-2020 00:00:00 +0000", b"yesterday", b"1-Feb-0000 00:00:00 +0000"])
def test_impossible_dates_are_zero(text: bytes) -> None:
    assert internal_date(text) == 0


@given(st.sets(st.integers(1, 300)))
def test_search_results_become_ranges(uids: set[int]) -> None:
    text = b" ".join(b"%d" % uid for uid in sorted(uids)) + b" (MODSEQ 917162500)"
    found = uids_of_search(text)
    assert {uid for first, last in found for uid in range(first, last + 1)} == uids


def test_what_is_announced_costs_a_pair_of_numbers() -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        everything = uid_set(b"1:4294967295")
        assert uids_of_esearch(b'(TAG "A1") UID ALL 1:4294967295') == [(1, MAX_UID)]
        assert uids_in_order(b"1:4294967295", most=3) == ()
        assert len(everything) == MAX_UID
        assert tracemalloc.get_traced_memory()[1] - before < 100_000
    finally:
        tracemalloc.stop()


def test_esearch_without_hits_is_empty() -> None:
    assert uids_of_esearch(b'(TAG "A1") UID') == []


def test_copyuid_keeps_its_order() -> None:
    assert uids_in_order(b"7,3:5,1", most=5) == (7, 3, 4, 5, 1)
    assert uids_in_order(b"5:3", most=3) == (3, 4, 5)
    assert uids_in_order(b"1:4", most=3) == ()


# ---------------------------------------------------------------- names of folders
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=30))
def test_names_come_back(name: str) -> None:
    raw = encode_name(name)
    assert raw.isascii()
    assert decode_name(raw) == name


@pytest.mark.parametrize(("name", "raw"), [("Entwürfe", b"Entw&APw-rfe"), ("A&B", b"A&-B"), ("台北", b"&U,BTFw-")])
def test_names_as_the_rfc_writes_them(name: str, raw: bytes) -> None:
    assert (encode_name(name), decode_name(raw)) == (raw, name)


def list_line(text: bytes, literal: bytes | None = None) -> ListedFolder:
    return listed(Untagged("LIST", (Part(text, literal),)), decode_name)


@pytest.mark.parametrize(
    ("line", "name", "use", "selectable"),
    [
        (b'(\\HasNoChildren \\Sent) "/" Sent', "Sent", "sent", True),
        (b'(\\Noselect) "/" "[Gmail]"', "[Gmail]", "", False),
        (b"() NIL inbox", "INBOX", "inbox", True),
        (b'(\\Junk) "\\\\" "a\\"b\\\\c"', 'a"b\\c', "junk", True),
        (b'(\\HasChildren) "." "007" ("CHILDINFO" ("SUBSCRIBED"))', "007", "", True),
        (b'() "/" "Entw&APw-rfe"', "Entwürfe", "", True),
    ],
)
def test_list_lines(line: bytes, name: str, use: str, selectable: bool) -> None:  # noqa: FBT001
    folder = list_line(line)
    assert (folder.name, folder.special_use, folder.selectable) == (name, use, selectable)


def test_a_name_that_cannot_be_sent_back_cannot_be_opened() -> None:
    assert not list_line(b'() "/" {6}', b"a\r\nb c").selectable
    assert list_line(b'() "/" {3}', b'a"b').raw == b'a"b'


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("Enviados", "sent"),
        ("Gesendete Elemente", "sent"),
        ("Éléments supprimés", "trash"),
        ("INBOX/Papierkorb", "trash"),
        ("[Google Mail]/Corbeille", "trash"),
        ("Correo no deseado", "junk"),
        ("BORRADORES", "drafts"),
        ("Archivo", "archive"),
        ("Clients/Trash", ""),
        ("Acme", ""),
    ],
)
def test_well_known_names(name: str, use: str) -> None:
    inbox = ListedFolder(name="INBOX", raw=b"INBOX", delimiter="/", special_use="inbox")
    folder = ListedFolder(name=name, raw=encode_name(name), delimiter="/")
    first, second = with_uses([folder, inbox])
    assert (first, second.special_use) == (inbox, use)


def test_a_flag_beats_a_name_and_the_nearest_name_wins() -> None:
    flagged = ListedFolder(name="Old", raw=b"Old", delimiter="/", special_use="sent")
    named = ListedFolder(name="Sent", raw=b"Sent", delimiter="/")
    near = ListedFolder(name="Trash", raw=b"Trash", delimiter="/")
    far = ListedFolder(name="INBOX/Trash", raw=b"INBOX/Trash", delimiter="/")
    uses = {folder.name: folder.special_use for folder in with_uses([named, far, near, flagged])}
    assert uses == {"Old": "sent", "Sent": "", "Trash": "trash", "INBOX/Trash": ""}


# ---------------------------------------------------------------- IDLE, as bytes alone
CONVERSATION = (
    b"+ idling\r\n* 4 EXISTS\r\n* OK Still here\r\n* 1 RECENT\r\n"
    b"* 3 FETCH (BODY[] {12}\r\n* 9 EXISTS\r\n)\r\n* 2 EXPUNGE\r\n"
)


@given(st.lists(st.integers(0, len(CONVERSATION)), max_size=12))
def test_idle_understands_the_same_however_the_bytes_are_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(CONVERSATION)]
    idling = Idling(idle=True, renew=60, poll=60, patience=30)
    stirs = [idling.feed(CONVERSATION[a:b]) for a, b in itertools.pairwise(edges)]
    assert any(stirs)
    assert idling.state == "idle"
    assert not idling.feed(b"* OK Still here\r\n* 1 RECENT\r\n")
    assert idling.feed(b"* vanished 5:7\r\n")


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_idle_survives_any_bytes(pieces: list[bytes]) -> None:
    idling = Idling(idle=True, renew=60, poll=60, patience=30)
    with contextlib.suppress(Garbled, Unavailable):
        for piece in pieces:
            idling.feed(piece)


def test_idle_keeps_no_line_without_end() -> None:
    idling = Idling(idle=True, renew=60, poll=60, patience=30)
    idling.feed(b"x" * 60_000)
    with pytest.raises(Garbled):
        idling.feed(b"x" * 10_000)


def test_idle_takes_no_mail_for_an_event() -> None:
    idling = Idling(idle=True, renew=60, poll=60, patience=30)
    assert idling.feed(b"+ idling\r\n")
    assert not idling.feed(b"* OK {13}\r\n* 9 EXISTS\r\nx)\r\n")
    assert idling.feed(b"* 9 EXISTS\r\n")
