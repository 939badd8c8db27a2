"""What follows when a member of the demo firm sends a mail: who is unknown comes back, who is known writes back.

    Rehearsal(accounts, taken=Answering(firm.writers, host=HOST, chance=random.Random()))

Runs on the server's thread and never waits there; sends nothing anywhere else.
"""

import random
from datetime import datetime

from providers.rehearsal.firm.bounces import bounce
from providers.rehearsal.firm.records import Writers
from providers.rehearsal.recording import Accepted
from providers.rehearsal.server import Rehearsal


class Answering:
    def __init__(
        self, writers: Writers, *, host: str, chance: random.Random, seconds: tuple[float, float] = (3.0, 8.0)
    ) -> None:
        """They take so many seconds, by chance between the two."""
        self._writers, self._host, self._chance, self._seconds = writers, host, chance, seconds

    def __call__(self, server: Rehearsal, mail: Accepted) -> None:
        """A mail was accepted."""
        if not mail.sender:
            return  # nobody to tell or to answer (RFC 5321, 4.5.5)
        unknown = [address for address in mail.outside if not self._writers.known(address)]
        if unknown and mail.sender.lower() in server.post.addresses:
            server.later(self._seconds[0] / 2, lambda: self._return(server, mail, unknown))
        for address in self._writers.answering(mail.raw, mail.outside):
            self._schedule(server, mail, address)

    def _schedule(self, server: Rehearsal, mail: Accepted, address: str) -> None:
        server.later(self._chance.uniform(*self._seconds), lambda: self._answer(server, mail, address))

    def _answer(self, server: Rehearsal, mail: Accepted, address: str) -> None:
        answer = self._writers.answer(mail.raw, address, _now(server))
        for copy in answer.copies if answer else ():
            server.deliver(copy.member, copy.raw, copy.folder, copy.flags, copy.received)

    def _return(self, server: Rehearsal, mail: Accepted, unknown: list[str]) -> None:
        moment, box = _now(server), server.post.addresses[mail.sender.lower()]
        raw = bounce(mail.raw, unknown, to=mail.sender, host=self._host, domains=self._writers.domains, moment=moment)
        server.deliver(box, raw, internaldate=moment)


def _now(server: Rehearsal) -> datetime:
    return server.post.clock().replace(microsecond=0)
