"""Windows of a long list: what is here, what is asked for, and where a thread stands."""

from hypothesis import given
from hypothesis import strategies as st

from store.model.ids import EmailId, ThreadId
from store.model.thread import ThreadState
from store.model.views import ThreadPage, ThreadRow
from tui.widgets.windows import KEPT, SIZE, Windows


def row(number: int) -> ThreadRow:
    return ThreadRow(
        thread=ThreadId(f"t{number}"),
        newest=EmailId(f"e{number}"),
        at=number,
        subject=f"s{number}",
        people=(),
        count=1,
        state=ThreadState.QUIET,
        unread=False,
        starred=False,
        clients=(),
    )


def page(number: int, *, total: int) -> ThreadPage:
    first = number * SIZE
    return ThreadPage(rows=tuple(row(at) for at in range(first, min(first + SIZE, total))), offset=first, total=total)


def test_of_a_list_not_known_yet_the_window_in_view_is_missing() -> None:
    assert Windows().missing(0, 30) == [0]


def test_an_empty_list_wants_nothing() -> None:
    windows = Windows()
    windows.put(page(0, total=0))
    assert windows.known
    assert windows.missing(0, 30) == []


def test_rows_across_an_edge_want_both_windows() -> None:
    windows = Windows()
    windows.put(page(0, total=1000))
    assert windows.missing(SIZE - 10, 30) == [1]
    assert windows.missing(2 * SIZE - 10, 30) == [1, 2]


@given(
    total=st.integers(1, 100_000),
    looked=st.lists(st.tuples(st.integers(0, 99_999), st.integers(1, 60)), min_size=1, max_size=40),
)
def test_what_was_seen_last_is_here_and_never_more_than_a_few(total: int, looked: list[tuple[int, int]]) -> None:
    windows = Windows()
    asked = 0
    for first, count in looked:
        at = min(first, total - 1)
        windows.seen(at, count)  # as the list does, before it asks for what is missing
        for number in windows.missing(at, count) or []:
            windows.put(page(number, total=total))
            asked += 1
        windows.seen(at, count)
        assert windows.missing(at, count) == []
        for index in range(at, min(at + count, total)):
            found = windows.row(index)
            assert found is not None
            assert found.thread == f"t{index}"
        assert len(windows._kept) <= KEPT  # noqa: SLF001 - the bound is what is tested
    assert asked <= 2 * len(looked)


@given(number=st.integers(0, 5000), near=st.integers(0, 5000))
def test_a_thread_is_found_in_any_window_that_is_here(number: int, near: int) -> None:
    windows = Windows()
    for window in (0, number // SIZE, near // SIZE):
        windows.put(page(window, total=6000))
    assert windows.find(ThreadId(f"t{number}"), near=near) == number
    assert windows.find(ThreadId("elsewhere"), near=near) is None
