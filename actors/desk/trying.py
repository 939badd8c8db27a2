"""What a rule would have done to past mail, and one's own rules ([C2] 5): worked out from the vault when it is asked.

Decides and writes nothing. A rule looks at what lies in its maker's mailboxes, and only what the maker sees is told.
"""

from typing import Final

from msgspec.structs import replace

from actors.desk.book import Book
from actors.desk.gathering import facts_of, gather
from actors.desk.ruling import contents_of, held, looked
from actors.desk.turn import Turn
from store.model.errors import BadRequest
from store.model.filing import Reason
from store.model.filing_rules import Conditions, FilingRule, RuleTrial
from store.model.ids import ClientKey, EmailKey, key_seconds
from store.model.views import ClientName
from store.rules.filing import settle
from store.rules.ruling import clean, meets
from store.vault.filing_rules import KeptRule
from store.vault.kept import KeptEmail
from store.vault.queries import mails as seen_mails
from store.vault.queries.names import client_key, client_names
from store.vault.queries.sight import Sight
from store.vault.vault import Vault

MOST: Final = 50_000  # emails that are looked at, newest first
SLICE: Final = 500


def own_rules(sight: Sight, vault: Vault) -> tuple[FilingRule, ...]:
    """Those whose client the reader may see, in their order."""
    kept = vault.rules.of(sight.scope.member)
    names = client_names(sight, [one.client for one in kept])
    return tuple(
        _shown(sight, vault, one, place=place, client=names[one.client])
        for place, one in enumerate(kept, 1)
        if one.client in names
    )


def _shown(sight: Sight, vault: Vault, rule: KeptRule, *, place: int, client: ClientName) -> FilingRule:
    hits = seen_mails.of_keys(sight, vault.rules.filed_by(rule.maker, rule.name))
    return FilingRule(
        name=rule.name,
        place=place,
        client=client,
        conditions=rule.conditions,
        hits=len(hits),
        last=key_seconds(hits[0].email) if hits else None,
    )


def tried(sight: Sight, vault: Vault, conditions: Conditions, *, client: str, limit: int) -> RuleTrial:
    """Newest first. Raises NotFound, and BadRequest("bad_rule")."""
    said = clean(conditions)
    if said is None:
        raise BadRequest("bad_rule")
    key, book = client_key(sight, client), Book(vault)
    own = vault.rules.lying_in(sorted(sight.scope.mailboxes))
    met: list[EmailKey] = []
    files: list[EmailKey] = []
    for start in range(0, min(len(own), MOST), SLICE):
        turn = Turn(vault, book, sight.now)
        hit = _met(turn, turn.get(own[start : start + SLICE]), said, sight)
        met += [mail.email for mail in hit]
        files += _filed(turn, hit, key, sight)
    seen = seen_mails.of_keys(sight, files)
    examples = seen[: max(0, limit)]
    seen_mails.hang(sight, examples)
    return RuleTrial(
        meets=len(seen_mails.of_keys(sight, met)),
        files=len(seen),
        examples=seen_mails.email_rows(sight, examples),
        looked_at=min(len(own), MOST),
        cut=len(own) > MOST,
    )


def _met(turn: Turn, mails: list[KeptEmail], said: Conditions, sight: Sight) -> list[KeptEmail]:
    turn.know_texts(mails)
    contents = contents_of(turn, mails, (said,))
    found = []
    for mail in mails:
        numbers = held(turn, mail, sight.scope.member)
        own = [one for one in contents.get(mail.email, ()) if numbers is not None and one[0] in numbers]
        if numbers is not None and meets(said, looked(turn, mail, own)):
            found.append(mail)
    return found


def _filed(turn: Turn, mails: list[KeptEmail], client: ClientKey, sight: Sight) -> list[EmailKey]:
    """Those that nothing stronger files."""
    gathered = gather(turn, mails)
    rule = (("", client, sight.scope.member),)
    return [
        mail.email
        for mail in mails
        if any(
            filed.reason is Reason.RULE
            for filed in settle(replace(facts_of(turn, gathered, mail, {}), rules=rule)).files
        )
    ]
