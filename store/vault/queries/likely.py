"""What the reader's filed mail and contacts say of a mail that nothing files ([C5]): looked up when somebody asks.

Only what the reader sees is looked at. Must not weigh it.
"""

from collections.abc import Collection, Sequence

from store.model.ids import ClientKey, EmailKey
from store.vault.queries.sight import Sight, TooSlow
from store.vault.queries.visible import keys

MAILS = 300  # newest, of addresses at hand
ALIKE = 5
_LOOKED_AT = 400  # of the best matches, seen or not
SECONDS = 1.5


def filed_with(sight: Sight, addresses: Collection[int], *, but: EmailKey) -> list[tuple[int, ClientKey, int]]:
    """(address, client, emails): where the newest mail with these addresses is filed."""
    return [
        (address, ClientKey(client), count)
        for address, client, count in sight.rows(
            "SELECT n.address, f.client, count(*) FROM (SELECT DISTINCT address, email FROM email_addresses"
            " WHERE address IN (SELECT value FROM json_each(:addresses)) AND email <> :but ORDER BY email DESC"
            " LIMIT :most) AS n CROSS JOIN filings AS f ON f.email = n.email"
            " CROSS JOIN emails AS e ON e.email = n.email"
            f" WHERE NOT f.ambiguous AND {sight.visible.filing('f', 'e')} AND {sight.visible.email('e')}"
            " GROUP BY n.address, f.client",
            addresses=keys(list(addresses)),
            but=but,
            most=MAILS,
        )
    ]


def of_domain(sight: Sight, domain: str, *, but: EmailKey) -> list[tuple[ClientKey, int]]:
    """Clients whose contacts have an address of this domain, and those with whom mail from it is filed."""
    linked = sight.rows(
        "SELECT s.client, count(*) FROM addresses AS a JOIN link_switches AS s ON s.address = a.address"
        f" WHERE a.domain = :domain AND s.email_sync AND {sight.visible.allowed('s.client')} GROUP BY s.client",
        domain=domain,
    )
    filed = sight.rows(
        "SELECT f.client, count(*) FROM (SELECT m.email FROM addresses AS a CROSS JOIN email_addresses AS m"
        " ON m.address = a.address AND m.role = 'from' WHERE a.domain = :domain AND m.email <> :but"
        " ORDER BY m.email DESC LIMIT :most) AS n CROSS JOIN filings AS f ON f.email = n.email"
        " CROSS JOIN emails AS e ON e.email = n.email"
        f" WHERE NOT f.ambiguous AND {sight.visible.filing('f', 'e')} AND {sight.visible.email('e')} GROUP BY f.client",
        domain=domain,
        but=but,
        most=MAILS,
    )
    return [(ClientKey(client), count) for client, count in (*linked, *filed)]


def of_name(sight: Sight, name: str) -> list[ClientKey]:
    """Clients with a contact of this name."""
    return [
        ClientKey(row[0])
        for row in sight.rows(
            "SELECT DISTINCT l.client FROM contacts AS c JOIN links AS l ON l.contact = c.contact"
            f" WHERE c.name = :name COLLATE NOCASE AND {sight.visible.allowed('l.client')}",
            name=name,
        )
    ]


def alike(sight: Sight, text: Sequence[str], people: Sequence[str], *, but: EmailKey) -> list[tuple[ClientKey, float]]:
    """(client, closeness) of the filed mail whose words are most like these; nothing where that takes too long."""
    query = " OR ".join([*map(_quoted, text), *(f"people : {_quoted(word)}" for word in people)])
    if not query:
        return []
    try:
        with sight.deadline(SECONDS):
            return _alike(sight, query, but=but)
    except TooSlow:
        return []


def _alike(sight: Sight, query: str, *, but: EmailKey) -> list[tuple[ClientKey, float]]:
    found = sight.rows(
        "SELECT rowid, -bm25(fts, 4.0, 2.0, 1.0, 1.0) AS near FROM fts WHERE fts MATCH :query"
        " ORDER BY near DESC LIMIT :most",
        query=query,
        most=_LOOKED_AT,
    )
    near: dict[int, float] = {}
    filed: dict[int, set[int]] = {}
    closeness: dict[int, float] = dict(found)
    for content, email, client in sight.rows(
        "SELECT c.content, c.email, f.client FROM contents AS c CROSS JOIN emails AS e ON e.email = c.email"
        " CROSS JOIN filings AS f ON f.email = c.email WHERE c.content IN (SELECT value FROM json_each(:contents))"
        f" AND c.email <> :but AND NOT f.ambiguous AND {sight.visible.content('c', 'e')}"
        f" AND {sight.visible.filing('f', 'e')} AND {sight.visible.email('e')}",
        contents=keys(list(closeness)),
        but=but,
    ):
        near[email] = max(near.get(email, 0.0), closeness[content])
        filed.setdefault(email, set()).add(client)
    best = sorted(filed, key=lambda email: (-near[email], -email))[:ALIKE]
    top = near[best[0]] if best else 1.0
    return [(ClientKey(client), (near[email] / top) ** 4) for email in best for client in sorted(filed[email])]


def people_of(sight: Sight, email: EmailKey) -> list[tuple[int, str, str, bool]]:
    """(address, its text, role, own) of a mail's From, To and Cc; own: a member's."""
    return [
        (row[0], row[1], row[2], bool(row[3]))
        for row in sight.rows(
            "SELECT m.address, a.text, m.role,"
            " EXISTS (SELECT 1 FROM mailbox_addresses AS o WHERE o.address = m.address)"
            " FROM email_addresses AS m JOIN addresses AS a ON a.address = m.address WHERE m.email = :email",
            email=email,
        )
    ]


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
