"""Two clients that are one: everything of the first becomes the other's, and one undo brings it back as it was.

Links with their switches, decisions by hand, tags, domains, access, walls and documents move; the first one's key stays
an alias. Mail follows by being settled again, so that it is filed as if there had been one client from the start. A
wall of either holds for both (Z21).
"""

from collections.abc import Iterable, Mapping

from actors.desk.commands.clients import files_now, seen_by
from actors.desk.commands.documents import need_no_hold, place_for
from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import ClientParts, MergedClients, MovedDocument
from actors.desk.commands.members import reached_by
from actors.desk.commands.past import settle_past
from actors.desk.commands.resolving import client_of
from actors.desk.commands.undos import did, unchanged
from actors.desk.shelving import folder_name
from store.model.errors import BadRequest, NotAllowed
from store.model.ids import ClientKey, EmailKey, MemberKey
from store.model.views import Done
from store.rules.permissions import Action
from store.vault.clients import Since
from store.vault.contacts import ContactState, Switch


def merge_clients(act: Act, *, client: str, into: str) -> Done:
    """See the module."""
    act.need(Action.MANAGE_CLIENTS)
    source, target = client_of(act, client), client_of(act, into)
    if source == target:
        raise BadRequest("bad_value", field="into")
    _need_all(act, source, target)
    one, other = _parts(act, source), _parts(act, target)
    contacts = act.vault.contacts.states(sorted(act.vault.firm.linked_with(source)))
    moved = {key: _moved(state, source, target) for key, state in contacts.items()}
    decisions = act.vault.clients.decisions(source)
    decided = tuple((serial, _renamed(text, source, target)) for serial, text in decisions)
    whole = ClientParts(
        tags=tuple(sorted({tag.casefold(): tag for tag in (*one.tags, *other.tags)}.values())),
        domains=tuple(sorted({*one.domains, *other.domains})),
        access=_earliest(one.access, other.access),
        walls=_earliest(one.walls, other.walls),
    )
    act.vault.contacts.restore(moved.items())
    act.vault.clients.set_decisions(decided)
    _set_parts(act, target, whole)
    _set_parts(act, source, ClientParts(access=one.access, walls=one.walls))
    act.vault.clients.set_merged(source, target)
    inverse = MergedClients(
        client=source,
        into=target,
        parts=(one, other),
        merged=_parts(act, target),
        contacts=tuple(contacts.items()),
        moved=tuple(moved.items()),
        decisions=decisions,
        decided=decided,
        documents=_move_documents(act, source, target),
    )
    return did(act, "merge_clients", _follow(act, inverse, now=target), inverse)


def _need_all(act: Act, source: ClientKey, target: ClientKey) -> None:
    """Mail leaves a client, and other people come to see it."""
    act.need(Action.FILE, clients=(source, target), away_from=(source,))
    need_no_hold(act, (source,))
    differ = {m for m, _ in act.vault.clients.access(source)} ^ {m for m, _ in act.vault.clients.access(target)}
    if differ and not act.scope.manages_members:
        raise NotAllowed("not_allowed", right=str(Action.CHANGE_ACCESS))


def unmerge(act: Act, inverse: MergedClients) -> int:
    """Both as they were, unless somebody changed what was moved."""
    act.need(Action.MANAGE_CLIENTS, clients=(inverse.into,))
    source, target = inverse.client, inverse.into
    act.need(Action.FILE, away_from=(target,))
    need_no_hold(act, (target,))
    vault = act.vault
    unchanged(vault.clients.resolve(source) == target and vault.clients.name(target) is not None)
    unchanged(_parts(act, target) == inverse.merged)
    unchanged(vault.contacts.states(key for key, _ in inverse.moved) == dict(inverse.moved))
    kept = dict(vault.clients.decisions(target))
    unchanged(all(kept.get(serial) == text for serial, text in inverse.decided))
    vault.clients.set_merged(source, None)
    vault.contacts.restore(inverse.contacts)
    vault.clients.set_decisions(inverse.decisions)
    for key, parts in zip((source, target), inverse.parts, strict=True):
        _set_parts(act, key, parts)
    _documents_back(act, inverse.documents)
    return _follow(act, inverse, now=source)


# ---- What moves


def _parts(act: Act, client: ClientKey) -> ClientParts:
    clients = act.vault.clients
    return ClientParts(
        tags=clients.tags(client),
        domains=clients.domains(client),
        access=clients.access(client),
        walls=clients.walls(client),
    )


def _set_parts(act: Act, client: ClientKey, parts: ClientParts) -> None:
    clients = act.vault.clients
    clients.set_tags(client, parts.tags)
    for domain in {*clients.domains(client), *parts.domains}:
        clients.set_domain(client, domain, on=domain in parts.domains)
    clients.set_access(client, parts.access)
    clients.set_walls(client, parts.walls)


def _earliest(one: Iterable[Since], other: Iterable[Since]) -> tuple[Since, ...]:
    found: dict[MemberKey, int] = {}
    for member, since in (*one, *other):
        found[member] = min(since, found.get(member, since))
    return tuple(sorted(found.items()))


def _moved(state: ContactState, source: ClientKey, target: ClientKey) -> ContactState:
    """A contact with the target in the source's place; a switch that was on with either is on."""
    switches: dict[tuple[int, ClientKey], Switch] = {}
    for address, client, sync, notify in state.switches:
        key = (address, target if client == source else client)
        known = switches.get(key, (0, 0, 0, 0))
        switches[key] = (*key, max(sync, known[2]), max(notify, known[3]))
    for address in state.addresses:
        switches.setdefault((address, target), (address, target, 0, 0))
    return ContactState(
        name=state.name,
        addresses=state.addresses,
        clients=tuple(sorted({target if client == source else client for client in state.clients})),
        switches=tuple(sorted(switches.values())),
    )


def _renamed(clients: str, source: ClientKey, target: ClientKey) -> str:
    """A decision's clients, with the target in the source's place."""
    keys = {int(key) for key in clients.split()}
    return " ".join(map(str, sorted((keys - {source}) | {target})))


def _move_documents(act: Act, source: ClientKey, target: ClientKey) -> tuple[MovedDocument, ...]:
    shelf, moved = act.vault.shelf, []
    folder = folder_name(act.vault.firm.clients()[target], act.vault.ids.client(target))
    for kept in shelf.of_client(source):
        was, before = kept.place, (kept.folder, kept.name)
        kept.client = target
        kept.folder = place_for(shelf, target, folder, kept.folder.rpartition("/")[2])
        put = shelf.put(kept, was=was)
        moved.append(MovedDocument(document=put.document, client=source, before=before, after=(put.folder, put.name)))
    return tuple(moved)


def _documents_back(act: Act, moved: Iterable[MovedDocument]) -> None:
    """Those that still stand where they were moved to."""
    for each in moved:
        kept = act.vault.shelf.get(each.document)
        if kept is not None and (kept.folder, kept.name) == each.after:
            was = kept.place
            kept.client, (kept.folder, kept.name) = each.client, each.before
            act.vault.shelf.put(kept, was=was)


# ---- What follows


def _follow(act: Act, inverse: MergedClients, *, now: ClientKey) -> int:
    """Mail of both is settled again, and everybody's view is judged anew. `now`: whose the first client's mail is."""
    before = {member: scope.allows_client(inverse.into) for member, scope in act.turn.book.scopes.items()}
    act.people_changed(rights=True)
    _tell(act, inverse, before)
    addresses = [address for _key, state in inverse.contacts for address in state.addresses]
    files_now(act, [switch[0] for _key, state in inverse.contacts for switch in state.switches if switch[2]])
    act.turn.linked_domains |= set(inverse.merged.domains)
    emails: set[EmailKey] = {
        *act.vault.clients.naming(inverse.client),
        *act.vault.emails.bearing(addresses),
        *act.vault.clients.decided(serial for serial, _text in inverse.decided),
    }
    if now == inverse.client:
        emails |= set(act.vault.clients.naming(inverse.into))
    for domain in inverse.merged.domains:
        emails |= set(act.vault.clients.of_domain(domain))
    for member in {member for member, _since in inverse.merged.access} & act.turn.book.members.keys():
        emails |= set(reached_by(act, member))
    act.about = f"client {inverse.client} {inverse.into}"
    return settle_past(act, emails, kind="merge_clients", client=now, expected=seen_by(act).fileable)


def _tell(act: Act, inverse: MergedClients, before: Mapping[MemberKey, bool]) -> None:
    for member, scope in act.turn.book.scopes.items():
        if scope.allows_client(inverse.into) != before.get(member):
            act.announce("scope_changed", member=member)
    act.announce("firm_changed", client=inverse.into)
    if inverse.documents:
        act.announce("documents_changed", client=inverse.into)
