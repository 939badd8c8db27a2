"""Names for a reader: clients they may see, members, and what a person typed for one of them.

What is hidden is not found, like what never was (Z5).
"""

from collections.abc import Callable, Iterable

from store.model.errors import BadRequest, NotFound
from store.model.ids import ClientKey, MemberKey
from store.model.views import ClientName
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys


def client_names(sight: Sight, clients: Iterable[int]) -> dict[int, ClientName]:
    """The visible ones of these. One that became another bears the other's name."""
    found = sight.rows(
        "SELECT client, name, merged FROM clients WHERE client IN (SELECT value FROM json_each(:clients))"
        f" AND {sight.visible.allowed('client')}",
        clients=keys(list(set(clients))),
    )
    named = {
        key: ClientName(client=sight.ids.client(ClientKey(key)), name=name) for key, name, merged in found if not merged
    }
    for key in (row[0] for row in found if row[2]):
        target = resolved(sight, key)
        name = sight.value(
            f"SELECT name FROM clients WHERE client = :client AND {sight.visible.allowed('client')}", client=target
        )
        if name is not None:
            named[key] = ClientName(client=sight.ids.client(target), name=name)
    return named


def resolved(sight: Sight, client: int) -> ClientKey:
    """The client that this one became; itself, if it became none."""
    seen = {client}
    while target := sight.value("SELECT merged FROM clients WHERE client = :client", client=client):
        if target in seen:
            break
        client = target
        seen.add(client)
    return ClientKey(client)


def all_client_names(sight: Sight) -> dict[ClientKey, ClientName]:
    """All visible ones."""
    found = sight.rows(f"SELECT client, name FROM clients WHERE NOT merged AND {sight.visible.allowed('client')}")
    return {ClientKey(key): ClientName(client=sight.ids.client(ClientKey(key)), name=name) for key, name in found}


def member_names(sight: Sight, members: Iterable[int]) -> dict[int, str]:
    """Colleagues are no secret; those who left keep their name."""
    return dict(
        sight.rows(
            "SELECT member, name FROM members WHERE member IN (SELECT value FROM json_each(:members))",
            members=keys(list(set(members))),
        )
    )


def client_key(sight: Sight, ref: str) -> ClientKey:
    """A client by its id or name. The id of one that became another is the other's."""
    found = sight.rows(f"SELECT client, name FROM clients WHERE NOT merged AND {sight.visible.allowed('client')}")
    key = _by_id(lambda: resolved(sight, sight.ids.client_key(ref)))
    return ClientKey(_chosen(ref, key, [(row[0], row[1]) for row in found]))


def visible_client(sight: Sight, word: str) -> ClientKey:
    """A client by its id alone."""
    key = resolved(sight, sight.ids.client_key(word))
    if not sight.may_see(key) or sight.value("SELECT 1 FROM clients WHERE client = :client", client=key) is None:
        raise NotFound
    return key


def member_key(sight: Sight, ref: str) -> MemberKey:
    """A member by their id or name."""
    found = sight.rows("SELECT member, name FROM members WHERE left_at IS NULL")
    key = _by_id(lambda: sight.ids.member_key(ref))
    return MemberKey(_chosen(ref, key, [(row[0], row[1]) for row in found]))


def _chosen(ref: str, key: int | None, named: list[tuple[int, str]]) -> int:
    """By id first, so that a name that looks like one cannot take its place; then by the name, case ignored."""
    if any(each == key for each, _ in named):
        return next(each for each, _ in named if each == key)
    wanted = ref.strip().casefold()
    fitting = [each for each, name in named if name.casefold() == wanted]
    if len(fitting) > 1:
        raise BadRequest("ambiguous_name", name=ref)
    if not fitting:
        raise NotFound
    return fitting[0]


def _by_id(decode: Callable[[], int]) -> int | None:
    try:
        return decode()
    except NotFound:
        return None
