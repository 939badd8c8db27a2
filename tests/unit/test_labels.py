r"""Gmail's labels among flags: no name is lost or mixed up, none is a flag, and flags do not make room for them."""

from hypothesis import given
from hypothesis import strategies as st

from actors.desk.flagging import flags_text
from providers.imap.responses import Part, Untagged, fetch_item, labels_told
from store.model import labels

NAMES = st.binary(min_size=1, max_size=40).filter(lambda raw: not raw.startswith(b"\\"))


@given(NAMES)
def test_a_label_comes_back_as_it_was_sent(raw: bytes) -> None:
    flag = labels.label_of(raw)
    assert labels.is_label(flag)
    assert labels.raw_of(flag) == raw
    assert flags_text([flag, "\\Seen"]).split() == sorted([flag, "\\Seen"])  # it stands with flags, one word among them


@given(NAMES, NAMES)
def test_two_labels_are_two(one: bytes, other: bytes) -> None:
    assert (labels.label_of(one) == labels.label_of(other)) is (one == other)


@given(st.lists(NAMES.filter(lambda raw: not set(raw) & set(b"\r\n\0")), max_size=6))
def test_a_list_of_labels_is_read_as_it_was_written(names: list[bytes]) -> None:
    written = b" ".join(b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"' for name in names)
    assert labels_told(written) == tuple(dict.fromkeys(map(labels.label_of, names)))
    item = fetch_item(Untagged("FETCH", (Part(b"3 (UID 7 X-GM-LABELS (" + written + b") FLAGS (\\Seen))"),)))
    assert (item.uid, item.flags, item.labels) == (7, ("\\Seen",), labels_told(written))


def test_system_labels_have_one_spelling_and_the_star_is_a_flag() -> None:
    told = labels_told(rb'"\\INBOX" \Sent "\\Starred" Important "Muy Importante"')
    assert told == (labels.INBOX, labels.SENT, "%Important", "%Muy%20Importante")


def test_a_flag_that_looks_like_a_label_is_none() -> None:
    item = fetch_item(Untagged("FETCH", (Part(rb"3 (UID 7 FLAGS (\Seen %\Inbox $Junk))"),)))
    assert item.flags == ("\\Seen", "$Junk")


def test_flags_stay_however_many_labels_there_are() -> None:
    many = [labels.label_of(b"label %d" % number) for number in range(2_000)]
    kept = flags_text([*many, "\\Seen", "\\Flagged"]).split()
    assert kept[-2:] == ["\\Flagged", "\\Seen"]
    assert len(kept) == labels.MOST_LABELS + 2


def test_folders_that_are_no_label() -> None:
    assert [labels.folder_label(b"x", use) for use in ("all", "trash", "junk")] == ["", "", ""]
    assert labels.folder_label(b"INBOX", "inbox") == labels.INBOX
    assert labels.folder_label(b"A&APE-o", "") == "%A&APE-o"
