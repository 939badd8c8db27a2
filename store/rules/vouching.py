"""Whether an automatic act may follow from an email ([C9], Z19): saving its files, moving a job, answering.

Invariant: somebody trusted vouches for the one who wrote, and where addresses alone bring a mail to a client it is that
one's own. A client who only stands in Cc, Sender or Reply-To has not written: then a person's word is waited for.
"""

from store.model.evidence import Role, Verified
from store.model.ids import ClientKey
from store.rules.facts import Facts


def vouched(facts: Facts, client: ClientKey | None, *, answers_ours: bool = False) -> bool:
    """`answers_ours`: it names a Message-ID that went from here to that very address. What failed is never vouched for,
    and of several copies the worst counts. `client` None: whoever wrote, since more than an address brings it there.
    """
    verdicts = {copy.evidence.verified for copy in facts.copies}
    if not verdicts or Verified.FAIL in verdicts:
        return False
    if verdicts != {Verified.PASS} and not answers_ours:
        return False
    if client is None:
        return True
    senders = {address for copy in facts.copies for role, address in copy.evidence.addresses if role is Role.FROM}
    if len(senders) != 1:
        return False
    return any(link.address in senders and not link.member and client in link.clients for link in facts.addresses)
