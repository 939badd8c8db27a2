"""Rules that people make for filing ([C2] 5): what a mail must have, and the client it is filed with then."""

from store.model.record import Record
from store.model.views import ClientName, EmailRow


class Conditions(Record, frozen=True, kw_only=True):
    """All that is said must hold; of several of one sort one is enough, but all words of a subject must stand in it."""

    senders: tuple[str, ...] = ()  # addresses in From
    recipients: tuple[str, ...] = ()  # addresses in To or Cc
    domains: tuple[str, ...] = ()  # of an address in From, To or Cc
    subject: tuple[str, ...] = ()  # words
    lists: tuple[str, ...] = ()  # List-Ids
    attachments: tuple[str, ...] = ()  # patterns of files' names: *.pdf


class FilingRule(Record, frozen=True, kw_only=True):
    """A rule as its maker sees it."""

    name: str
    place: int  # of the maker's own, from 1: the first that is met decides
    client: ClientName
    conditions: Conditions
    hits: int = 0  # emails that are filed by it now
    last: int | None = None  # when the newest of them came


class RuleTrial(Record, frozen=True, kw_only=True):
    """What a rule would have done to past mail that its maker may see."""

    meets: int  # emails that it is met by
    files: int  # of these: that nothing else files
    examples: tuple[EmailRow, ...] = ()  # of what it would file, newest first
    looked_at: int = 0
    cut: bool = False  # there was more mail than was looked at
