"""What evidence costs an email, in processor time: `python -P -m bench.evidence FOLDER` reads every .eml below a folder
as the workers do, then measures `store.rules.evidence` and `store.rules.filing` alone, and prints microseconds.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from store.mime.read import read_copy
from store.model.copy import Copy
from store.model.filing import AddressLinks, Seen
from store.model.ids import ClientKey, EmailKey, MailboxKey, MemberKey
from store.rules.evidence import evidence
from store.rules.facts import Facts
from store.rules.filing import decide

ROUNDS: Final = 5
MICRO: Final = 1e6


def main(folder: Path) -> None:
    """The best of some rounds, since another process only adds to it."""
    copies = [read_copy(path.read_bytes(), uid=1, whole=True) for path in sorted(folder.rglob("*.eml"))]
    told = [_facts(copy) for copy in copies]

    def judge() -> None:
        for copy in copies:
            evidence(copy.headers, copy.body, trusted_authserv="mx.firm.example")

    def settle() -> None:
        for facts in told:
            decide(facts)

    figures = {"emails": len(copies), "evidence_us": _best(judge, len(copies)), "decide_us": _best(settle, len(copies))}
    sys.stdout.write(json.dumps(figures) + "\n")


def _facts(copy: Copy) -> Facts:
    """Each third address is a contact's."""
    found = evidence(copy.headers, copy.body, trusted_authserv="mx.firm.example")
    texts = dict.fromkeys(address for _role, address in found.addresses)
    links = (
        AddressLinks(address=address, clients=(ClientKey(1 + place % 7),), contact=place)
        for place, address in enumerate(texts)
        if place % 3 == 0
    )
    seen = Seen(mailbox=MailboxKey(1), members=(MemberKey(1),), evidence=found)
    return Facts(email=EmailKey(1), copies=(seen,), addresses=tuple(links))


def _best(work: Callable[[], None], count: int) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return round(best / max(count, 1) * MICRO, 2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
