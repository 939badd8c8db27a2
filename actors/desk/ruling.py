"""Which rules emails meet: what rules look at is gathered for those emails that a maker's mailbox holds.

Decides nothing. A maker's rule looks at what the copies in the maker's own mailboxes say, and at no other (Z5).
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from actors.desk.turn import Turn
from store.model.copy import Headers
from store.model.evidence import Role
from store.model.filing_rules import Conditions
from store.model.ids import ClientKey, EmailKey, MemberKey
from store.model.kept import Shape
from store.rules.ruling import Looked, meets, needs_content
from store.vault.filing_rules import KeptRule
from store.vault.kept import KeptEmail

Met = tuple[str, ClientKey, MemberKey]
Content = tuple[int, str, str, tuple[str, ...]]  # number, subject, List-Id, names of files

_headers = msgspec.msgpack.Decoder(Headers).decode
_shape = msgspec.msgpack.Decoder(Shape).decode
_TO = (Role.TO, Role.CC)


def rules_met(turn: Turn, mails: Sequence[KeptEmail]) -> dict[EmailKey, list[Met]]:
    """Of each maker the first rule that is met, as far as the maker may see its client."""
    found: dict[EmailKey, list[Met]] = {}
    for maker, rules in turn.book.rules.items():
        reached = [(mail, numbers) for mail in mails if (numbers := held(turn, mail, maker)) is not None]
        if not reached:
            continue
        contents = contents_of(turn, [mail for mail, _ in reached], rules)
        for mail, numbers in reached:
            said = [one for one in contents.get(mail.email, ()) if one[0] in numbers]
            rule = first_met(rules, looked(turn, mail, said))
            if rule is not None:
                found.setdefault(mail.email, []).append((rule.name, rule.client, maker))
    return found


def first_met(rules: Iterable[KeptRule], mail: Looked) -> KeptRule | None:
    """In the order of their maker."""
    return next((rule for rule in rules if meets(rule.conditions, mail)), None)


def looked(turn: Turn, mail: KeptEmail, contents: Iterable[Content]) -> Looked:
    """What a rule may look at."""
    said = list(contents)
    return Looked(
        senders=frozenset(turn.texts[address] for role, address in mail.people if role is Role.FROM),
        recipients=frozenset(turn.texts[address] for role, address in mail.people if role in _TO),
        subjects=tuple(subject for _, subject, _, _ in said),
        lists=tuple(name for _, _, name, _ in said if name),
        attachments=tuple(name for *_, names in said for name in names),
    )


def contents_of(
    turn: Turn, mails: Sequence[KeptEmail], rules: Iterable[KeptRule | Conditions]
) -> Mapping[EmailKey, list[Content]]:
    """What these say, if any of the rules asks for more than addresses; those of this turn as they will be written."""
    conditions = (rule.conditions if isinstance(rule, KeptRule) else rule for rule in rules)
    if not any(map(needs_content, conditions)):
        return {}
    found: dict[EmailKey, list[Content]] = {}
    pending = turn.contents
    for email, rows in turn.vault.rules.said([mail.email for mail in mails]).items():
        found[email] = [_of_row(*row) for row in rows if (email, row[0]) not in pending]
    for mail in mails:
        for content in mail.contents:
            new = pending.get((mail.email, content.no))
            if new is not None:
                parts = () if new.copy.body is None else new.copy.body.parts
                names = tuple(part.name for part in parts)
                heads = new.copy.headers
                found.setdefault(mail.email, []).append((content.no, heads.subject, heads.list_id, names))
    return found


def _of_row(number: int, subject: str, headers: bytes, shape: bytes | None) -> Content:
    names = () if shape is None else tuple(part.name for part in _shape(shape).parts)
    return number, subject, _headers(headers).list_id, names


def held(turn: Turn, mail: KeptEmail, maker: MemberKey) -> set[int | None] | None:
    """The numbers of the contents in the maker's own mailboxes; None: no copy lies there."""
    own = [seen.content for seen in mail.sightings if maker in turn.book.members_of(seen.mailbox)]
    return set(own) if own else None
