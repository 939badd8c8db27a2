"""Where a mail that nothing files may belong ([C5]): what speaks for which client is looked up in what its reader sees.

Decides nothing and writes nothing: `rules.likely` weighs. Bulk and automatic mail gets no suggestion.
"""

import re
from collections.abc import Iterator
from typing import Final

from store.model.evidence import Kind
from store.model.filing import Filed
from store.model.ids import EmailKey
from store.rules.likely import Sign, Speaks, likely
from store.rules.public_domains import is_public
from store.rules.suggesting import tidied
from store.vault.queries import likely as signs
from store.vault.queries import mails
from store.vault.queries.mails import SeenEmail
from store.vault.queries.sight import Sight

_WORD: Final = re.compile(r"[^\W\d_]{3,30}")
WORDS: Final = 40
_PEOPLE: Final = 12
_SILENT: Final = (Kind.BULK, Kind.AUTOMATIC, Kind.BOUNCE)


def likely_clients(sight: Sight, email: EmailKey, *, text: str = "") -> tuple[Filed, ...]:
    """The likeliest first; nothing for what is filed. `text` is its body as far as the reader sees it."""
    found = mails.of_keys(sight, (email,))
    if not found:
        return ()
    mail = found[0]
    mails.hang(sight, found)
    if mail.filings or mail.kind in _SILENT or not mail.outside:
        return ()
    sender = next((one for _, one, role, _ in signs.people_of(sight, email) if role == "from"), "")
    return likely(signs_of(sight, mail, text=text), sender=sender)


def signs_of(sight: Sight, mail: SeenEmail, *, text: str = "") -> Iterator[Speaks]:
    """All that speaks for any client."""
    people = [one for one in signs.people_of(sight, mail.email) if not one[3]]
    senders = {address for address, _, role, _ in people if role == "from"}
    for address, client, count in signs.filed_with(sight, {one[0] for one in people}, but=mail.email):
        yield Speaks(Sign.SENDER if address in senders else Sign.TOGETHER, client, count**0.5)
    for domain in {one.rpartition("@")[2] for _, one, role, _ in people if role == "from"}:
        if not is_public(domain):
            for client, count in signs.of_domain(sight, domain, but=mail.email):
                yield Speaks(Sign.DOMAIN, client, count**0.5)
    names = [tidied(person.name) for person in mail.headers.from_]
    for name in filter(None, names):
        for client in signs.of_name(sight, name):
            yield Speaks(Sign.NAME, client, 1.0)
    said = [*_WORD.findall(mail.headers.subject), *_WORD.findall(text[:4_000])]
    words = list(dict.fromkeys(word.casefold() for word in said))[:WORDS]
    who = [address for _, address, _, _ in people][:_PEOPLE]
    for client, closeness in signs.alike(sight, words, who, but=mail.email):
        yield Speaks(Sign.LIKE, client, closeness)
