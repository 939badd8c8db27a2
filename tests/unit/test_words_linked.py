"""What a member reads of their mail that somebody's link filed, the client in sight or hidden."""

import pytest

from store.model.ids import ClientId, NoticeId
from store.model.views import ClientName, NoticeKind, NoticeRow
from tui.words import notice_words


@pytest.mark.parametrize(
    ("client", "count", "said"),
    [
        ("Acme", 1, "1 email of your mailbox filed with Acme"),
        ("Acme", 3, "3 emails of your mailbox filed with Acme"),
        (None, 1, "1 email of your mailbox filed by Olga"),
        (None, 3, "3 emails of your mailbox filed by Olga"),
    ],
)
def test_a_hidden_client_is_not_named(client: str | None, count: int, said: str) -> None:
    named = None if client is None else ClientName(client=ClientId("c"), name=client)
    row = NoticeRow(
        notice=NoticeId("n"),
        kind=NoticeKind.LINKED_FILED,
        at=1,
        client=named,
        arguments={"count": count, "by": "Olga", "act": "link", "address": "ana@client.example"},
    )
    assert notice_words(row) == said
