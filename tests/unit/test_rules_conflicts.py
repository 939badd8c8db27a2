"""What an act ends as whose copy has left: a table, and that nothing is ever guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.ids import FolderKey
from store.rules.conflicts import End, Spot, after_loss, only

INBOX, ARCHIVE, CASES = FolderKey(1), FolderKey(2), FolderKey(3)


def at(folder: FolderKey, uid: int = 9, *, known: bool = False, after: bool = False) -> Spot:
    return Spot(folder=folder, uidvalidity=7, uid=uid, known=known, after=after)


@pytest.mark.parametrize(
    ("spots", "end", "place"),
    [
        ([], End.DROPPED, None),
        ([at(CASES)], End.FOLLOWS, 0),
        ([at(CASES, known=True)], End.FOLLOWS, 0),
        ([at(CASES), at(ARCHIVE)], End.DROPPED, None),
        ([at(CASES), at(ARCHIVE, known=True)], End.FOLLOWS, 0),
        ([at(CASES, known=True), at(ARCHIVE, known=True)], End.DROPPED, None),
        ([at(CASES, known=True), at(ARCHIVE, known=True, after=True)], End.FOLLOWS, 1),
    ],
)
def test_a_flag(spots: list[Spot], end: End, place: int | None) -> None:
    found = after_loss(spots, moves=False, deletes=False, target=None)
    assert found == (end, None if place is None else spots[place])


@pytest.mark.parametrize(
    ("spots", "deletes", "end", "place"),
    [
        ([], False, End.DROPPED, None),
        ([], True, End.DONE, None),
        ([at(ARCHIVE)], False, End.DONE, 0),
        ([at(ARCHIVE, known=True)], False, End.DONE, 0),
        ([at(ARCHIVE, known=True), at(CASES)], False, End.DROPPED, 1),
        ([at(ARCHIVE), at(CASES, known=True)], False, End.DONE, 0),
        ([at(CASES)], False, End.DROPPED, 0),
        ([at(CASES)], True, End.DROPPED, 0),
        ([at(CASES), at(INBOX)], False, End.DROPPED, None),
    ],
)
def test_a_move_to_the_archive(spots: list[Spot], deletes: bool, end: End, place: int | None) -> None:  # noqa: FBT001
    found = after_loss(spots, moves=True, deletes=deletes, target=ARCHIVE)
    assert found == (end, None if place is None else spots[place])


SPOTS = st.lists(
    st.builds(
        Spot, folder=st.sampled_from([INBOX, ARCHIVE, CASES]), uidvalidity=st.just(7), uid=st.integers(1, 50),
        known=st.booleans(), after=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda spot: (spot.folder, spot.uid),
)  # fmt: skip


@given(SPOTS, st.booleans(), st.booleans())
def test_nothing_is_guessed(spots: list[Spot], moves: bool, deletes: bool) -> None:  # noqa: FBT001
    end, place = after_loss(spots, moves=moves, deletes=deletes, target=ARCHIVE)
    backwards = after_loss(spots[::-1], moves=moves, deletes=deletes, target=ARCHIVE)
    assert (end, place) == backwards, "the order in which copies are found decides nothing"
    assert place is None or place in spots
    if not moves:
        assert (end is End.FOLLOWS) == (place is not None)
        assert place == only(spots)
    if end is End.DONE:
        assert not spots or any(spot.folder == ARCHIVE for spot in spots)
    if len(spots) > 1 and len({(spot.known, spot.after) for spot in spots}) == 1 and not moves:
        assert place is None, "several that cannot be told apart"
