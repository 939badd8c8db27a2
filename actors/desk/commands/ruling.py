"""Rules for filing ([C2] 5): made, put in order and taken away by who files by them, and each of it taken back.

A rule reaches what lies in its maker's mailboxes. Must not judge whether a mail meets one.
"""

from typing import Final

from actors.desk.commands.documents import need_no_hold
from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import RuleSet
from actors.desk.commands.past import only_seen, settle_past
from actors.desk.commands.resolving import clean_name, client_of
from actors.desk.commands.undos import KEPT_SECONDS, did, still, unchanged
from store.model.errors import BadRequest, NotFound
from store.model.filing_rules import Conditions
from store.model.ids import ClientKey, EmailKey, RuleKey
from store.model.views import Done
from store.rules.permissions import Action
from store.rules.ruling import clean
from store.vault.filing_rules import KeptRule

MOST: Final = 100  # of one member


def add_rule(act: Act, *, name: str, client: str, conditions: Conditions, place: int | None = None) -> Done:
    """A rule of the actor's own, behind the others or at a place of theirs from 1; past mail is filed by it at once."""
    called, key, said = clean_name(name), client_of(act, client), cleaned(conditions)
    act.need(Action.FILE, clients=(key,))
    own = act.vault.rules.of(act.actor)
    if _named(own, called) is not None:
        raise BadRequest("name_taken", name=called)
    if len(own) >= MOST:
        raise BadRequest("too_long")
    if place is not None and not 1 <= place <= len(own) + 1:
        raise BadRequest("bad_value", field="place")
    act.vault.rules.drop_gone_before(act.now - KEPT_SECONDS)
    made = act.vault.rules.add(called, client=key, maker=act.actor, conditions=said, at=act.now)
    if place is not None:
        order = [kept.rule for kept in own]
        act.vault.rules.put_in_order([*order[: place - 1], made, *order[place - 1 :]])
    return did(act, "add_rule", _settle(act, made, key), RuleSet(rule=made, client=key, on=True))


def remove_rule(act: Act, *, name: str) -> Done:
    """What it filed is filed by what else is known, or unfiled."""
    kept = _named(act.vault.rules.of(act.actor), name.strip())
    if kept is None:
        raise NotFound
    filed = act.vault.rules.filed_by(act.actor, kept.name)
    if filed:
        need_no_hold(act, (kept.client,))
    act.vault.rules.set_gone(kept.rule, act.now)
    affected = _settle(act, kept.rule, kept.client, also=filed)
    return did(act, "remove_rule", affected, RuleSet(rule=kept.rule, client=kept.client, on=False))


def ruled_back(act: Act, inverse: RuleSet) -> int:
    """The rule goes, or holds again, unless another has its name since."""
    if not inverse.on:
        act.need(Action.FILE, clients=(act.vault.clients.resolve(inverse.client),))
        name = still(act.vault.rules.name(inverse.rule))
        unchanged(_named(act.vault.rules.of(act.actor), name) is None)
    filed = [] if not inverse.on else act.vault.rules.filed_by(act.actor, still(act.vault.rules.name(inverse.rule)))
    if filed:
        need_no_hold(act, (inverse.client,))
    unchanged(act.vault.rules.set_gone(inverse.rule, act.now if inverse.on else None))
    return _settle(act, inverse.rule, inverse.client, also=filed)


def cleaned(conditions: Conditions) -> Conditions:
    """As they are compared. Raises BadRequest."""
    said = clean(conditions)
    if said is None:
        raise BadRequest("bad_rule")
    return said


def _named(rules: list[KeptRule], name: str) -> KeptRule | None:
    return next((kept for kept in rules if kept.name.casefold() == name.casefold()), None)


def _settle(act: Act, rule: RuleKey, client: ClientKey, *, also: list[EmailKey] | None = None) -> int:
    """Mail that nothing else files, and what rules file: an earlier rule goes before a later one."""
    act.people_changed(rights=False)
    boxes = sorted(act.scope.mailboxes)
    emails = {*act.vault.rules.in_reach(boxes), *(also or ())}
    act.announce("settings_changed", member=act.actor)
    affected = settle_past(act, emails, kind="rule", client=client, expected=only_seen(act))
    act.about = f"rule {rule} client {client}"
    return affected
