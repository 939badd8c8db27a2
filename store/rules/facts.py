"""What `filing` decides from, one record for each email, gathered by the vault. Nothing here decides.

Hand evidence keeps its maker: what an email passes on along reply headers is a `Basis`, in which each person's decision
stands beside what the addresses alone give, so that the email which follows can judge whom to believe (Z1).
"""

from enum import IntEnum

from store.model.filing import AddressLinks, Filed, HandDecision, Seen
from store.model.ids import ClientKey, EmailKey, MemberKey
from store.model.record import Record


class Rank(IntEnum):
    """How a decision by hand came to hold for an email; the lower beats the higher."""

    EMAIL = 0  # for this email
    MARK = 1  # for the thread, as marked on this email itself
    NAMED_MARK = 2  # for the thread, as marked on an email which this one names
    ALWAYS = 3  # for all mail of its sender


class Holding(Record, frozen=True, kw_only=True):
    """A decision that reaches an email, and how. Of one rank the latest holds; the earlier ones are kept for Z1."""

    rank: Rank
    decision: HandDecision


class Basis(Record, frozen=True, kw_only=True):
    """What (1) and (2) of [C2] give an email, as those who answer it need to know it. Kept with the email by the vault;
    when it changes, the emails that name this one are settled again.
    """

    addressed: tuple[Filed, ...] = ()  # (2) alone, contacts with several clients not narrowed
    holds: tuple[Holding, ...] = ()

    def marks(self) -> tuple[HandDecision, ...]:
        """The thread marks on the email itself."""
        return tuple(held.decision for held in self.holds if held.rank is Rank.MARK)


class Named(Record, frozen=True, kw_only=True):
    """An email that the settled one names in its reply headers."""

    email: EmailKey
    basis: Basis = Basis()
    people: tuple[str, ...] = ()  # outside addresses in From, To, Cc
    failed: bool = False  # failed authentication: gives nothing
    ours: bool = False  # a member wrote it


class Facts(Record, frozen=True, kw_only=True):
    """Everything that `filing` may look at for one email. The order of a tuple never matters.

    `may_see` and `walls` tell of the makers of all decisions in here, those in `named` too: the clients a maker may see
    (None is all), and the clients a wall denies them. A maker left out sees only what lies in a mailbox of theirs.
    """

    email: EmailKey
    copies: tuple[Seen, ...]
    addresses: tuple[AddressLinks, ...] = ()  # for every address in the evidence that the firm knows
    by_hand: tuple[HandDecision, ...] = ()  # for this email; its maker saw it
    thread_hand: tuple[HandDecision, ...] = ()  # thread marks on this email itself; their makers saw it
    always: tuple[HandDecision, ...] = ()  # for its From address
    named: tuple[Named, ...] = ()
    private: bool = False
    may_see: tuple[tuple[MemberKey, tuple[ClientKey, ...] | None], ...] = ()
    walls: tuple[tuple[MemberKey, tuple[ClientKey, ...]], ...] = ()
    domains: tuple[tuple[str, ClientKey], ...] = ()  # clients' domains among those of the addresses
    rules: tuple[tuple[str, ClientKey, MemberKey], ...] = ()  # rules met: name, client, maker
