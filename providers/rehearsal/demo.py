"""The demo firm's servers as a process of their own: `python -P -m providers.rehearsal.demo`.

Says on standard output, as one line of JSON, where they are and who is in the firm; then new mail comes, often at first
and more quietly for an hour, and who is written to writes back. Ends when its standard input is closed. Must not read
or write a file of anybody's.
"""

import dataclasses
import json
import os
import random
import select
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from providers.rehearsal.accounts import Account, FolderPlan, MailPlan
from providers.rehearsal.answering import Answering
from providers.rehearsal.firm import DemoMail, Firm, load
from providers.rehearsal.firm.delivery import HOST
from providers.rehearsal.server import Rehearsal

EVERY: Final = 30.0  # seconds
OFTEN: Final = 10  # arrivals, after which mail comes more quietly
QUIETLY: Final = 3  # times the seconds
USES: Final = {name: f"\\{name}" for name in ("Sent", "Archive", "Drafts", "Junk", "Trash")}


def accounts(firm: Firm, password: str) -> Iterator[Account]:
    """A mailbox for each member, with their year of mail in it."""
    for member in firm.members:
        mails = [
            MailPlan(raw=copy.raw, folder=copy.folder, flags=copy.flags, internaldate=copy.received)
            for mail in firm.mails
            for copy in mail.copies
            if copy.member == member.address
        ]
        yield Account(
            login=member.address,
            password=password,
            folders=tuple(
                FolderPlan(name=name, special_use=USES.get(name, ""))
                for name in firm.folders[member.address]
                if name != "INBOX"
            ),
            mails=tuple(sorted(mails, key=lambda mail: mail.internaldate or datetime.min.replace(tzinfo=UTC))),
        )


def facts(firm: Firm, server: Rehearsal, password: str) -> dict[str, object]:
    """What the demo needs to set the firm up."""
    return {
        "host": server.host,
        "imap": server.tls_port,
        "smtp": server.smtps_port,
        "authority": server.cafile.read_text(),
        "password": password,
        "firm": firm.name,
        "authserv_id": HOST,
        "members": [{"name": one.name, "address": one.address, "role": one.role} for one in firm.members],
        "colleagues": [{"name": one.name, "role": one.role} for one in firm.colleagues],
        "clients": [
            {
                "name": client.name,
                "contacts": [{"name": one.name, "addresses": list(one.addresses)} for one in client.contacts],
                "tags": list(client.tags),
                "followers": list(client.followers),
                "walled": list(client.walled),
                "written": [{"by": by, "text": text} for by, text in client.written],
                "files": [{"name": name, "text": text} for name, text in client.files],
            }
            for client in firm.clients
        ],
        "notes": [dataclasses.asdict(note) for note in firm.notes],
    }


def deliver(server: Rehearsal, mail: DemoMail) -> None:
    """Put each copy where it belongs, as a server does."""
    for copy in mail.copies:
        server.deliver(copy.member, copy.raw, copy.folder, copy.flags, copy.received)


def arrive(server: Rehearsal, firm: Firm, *, until_closed: int, every: float) -> None:
    """A new mail every so often, until the descriptor is closed."""
    arrivals, count = iter(firm.arrivals), 0
    due = time.monotonic() + every
    poll = select.poll()
    poll.register(until_closed, select.POLLIN | select.POLLHUP)
    while True:
        if poll.poll(max(0.0, due - time.monotonic()) * 1000) and not os.read(until_closed, 4096):
            return
        if time.monotonic() >= due:
            count += 1
            due += every if count < OFTEN else every * QUIETLY
            arrival = next(arrivals, None)
            if arrival is not None:
                deliver(server, arrival.at(datetime.now(UTC)))


def main(arguments: Sequence[str]) -> int:
    """Serve until standard input is closed. Arguments: the language, and seconds between two arrivals."""
    language = arguments[0] if arguments else "en"
    every = float(arguments[1]) if len(arguments) > 1 else EVERY
    password = os.urandom(12).hex()
    firm = load(datetime.now(UTC) - timedelta(seconds=1), language)
    answering = Answering(firm.writers, host=HOST, chance=random.Random())  # noqa: S311 - how long somebody takes
    with Rehearsal(list(accounts(firm, password)), authserv_id=HOST, taken=answering) as server:
        sys.stdout.write(json.dumps(facts(firm, server, password)) + "\n")
        sys.stdout.flush()
        arrive(server, firm, until_closed=sys.stdin.fileno(), every=every)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
