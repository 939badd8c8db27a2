"""Why an email is filed where it is, and where else it could be, as far as the reader may know ([C4], Z5)."""

from collections.abc import Sequence

from store.model.filing import CONFIDENCE, Filed, Reason
from store.model.ids import ClientKey
from store.model.views import ClientName, Why, WhyFiling
from store.vault.queries.letters import seen_email
from store.vault.queries.names import client_names, member_names
from store.vault.queries.sight import Sight


def why(sight: Sight, word: str, others: Sequence[Filed]) -> Why:
    """Filings, and where else it could be: `others`, then suggestions. Hidden clients are left out and not counted."""
    mail = seen_email(sight, word)
    rows = sight.rows(
        "SELECT f.client, f.reason, f.confidence, f.rule, f.address, f.since, f.maker, f.ambiguous FROM filings AS f"
        f" JOIN emails AS e ON e.email = f.email WHERE f.email = :email AND {sight.visible.filing('f', 'e')}"
        " ORDER BY f.client",
        email=mail.email,
    )
    others = [filed for filed in others if sight.may_see(filed.client)]
    known = {*(row[0] for row in rows), *(filed.client for filed in others)}
    suggested = _suggested(sight, mail.email, known)
    names = client_names(sight, [*known, *(client for client, _ in suggested)])
    makers = member_names(sight, {*(row[6] for row in rows), *(filed.by for filed in others)} - {None})
    return Why(
        email=sight.ids.email(mail.email),
        filings=tuple(
            WhyFiling(
                client=names[client],
                reason=Reason(reason),
                confidence=confidence,
                rule=rule,
                address=address,
                since=since,
                by=makers.get(maker or 0),
                ambiguous=bool(ambiguous),
            )
            for client, reason, confidence, rule, address, since, maker, ambiguous in rows
        ),
        alternatives=(
            *(_other(filed, names[filed.client], by=makers.get(filed.by or 0)) for filed in others),
            *(
                WhyFiling(client=names[client], reason=reason, confidence=CONFIDENCE[reason])
                for client, reason in suggested
            ),
        ),
    )


def _other(filed: Filed, client: ClientName, *, by: str | None) -> WhyFiling:
    return WhyFiling(
        client=client,
        reason=filed.reason,
        confidence=filed.confidence,
        rule=filed.rule,
        address=filed.address,
        by=by,
        ambiguous=filed.ambiguous,
    )


def _suggested(sight: Sight, email: int, filed: set[int]) -> list[tuple[ClientKey, Reason]]:
    """Those that this reader is shown, each client once."""
    found: dict[ClientKey, Reason] = {}
    for client, reason, mailboxes in sight.rows(
        "SELECT client, reason, mailboxes FROM suggestions WHERE email = :email"
        f" AND {sight.visible.allowed('client')} ORDER BY client, reason",
        email=email,
    ):
        shown_to = {int(key) for key in mailboxes.split()}
        if client not in filed and (not shown_to or not shown_to.isdisjoint(sight.scope.mailboxes)):
            found.setdefault(ClientKey(client), Reason(reason))
    return list(found.items())
