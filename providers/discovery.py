"""From an address to its mail servers ([S1]): the table, the domain's own autoconfig, SRV, MX, then guesses that are
tried. No secret is said to anybody here, and no plain socket is ever the answer.

    address ── table ─► found, without a network
            └─ autoconfig (https) ─► trusted     the domain's own word
               SRV ┐
               MX  ├─► not trusted               DNS can be forged: a person says yes to the hosts (Z10)
               guess ┘

All are asked at once; the whole has a time limit, and what is there by then is the answer.
"""

from collections.abc import Iterable
from typing import Final

from providers.autoconfig import places, read
from providers.errors import ProviderError
from providers.forms import host_name, server_of
from providers.names import Names, Service
from providers.probing import Probe, Speaks
from providers.quirks import quirks_of
from providers.table import by_delivery, by_domain
from providers.together import in_order, in_time, together
from providers.web import Web
from store.model.found import Found, FoundBy, FoundServer

SECONDS: Final = 10.0
_SRV: Final = (("_imaps", "ssl"), ("_imap", "starttls"), ("_submissions", "ssl"), ("_submission", "starttls"))
_GUESSES: Final[dict[Speaks, tuple[tuple[str, int, str], ...]]] = {
    "imap": (("imap.", 993, "ssl"), ("mail.", 993, "ssl"), ("", 993, "ssl"),
             ("imap.", 143, "starttls"), ("mail.", 143, "starttls")),
    "smtp": (("smtp.", 465, "ssl"), ("mail.", 465, "ssl"), ("", 465, "ssl"),
             ("smtp.", 587, "starttls"), ("mail.", 587, "starttls")),
}  # fmt: skip


class Discovery:
    """See the module."""

    def __init__(self, *, names: Names, web: Web, probe: Probe, seconds: float = SECONDS) -> None:
        self._names, self._web, self._probe, self._seconds = names, web, probe, seconds

    async def find(self, address: str) -> tuple[Found, ...]:
        """The most reliable first; what has an IMAP server comes before what says that there is none."""
        listed = by_domain(address)
        if listed is not None and listed.imap is not None:
            return (listed,)
        domain = host_name(address.rpartition("@")[2])
        asked = [] if domain is None else await self._ask(f"{address.rpartition('@')[0]}@{domain}", domain)
        return ordered([one for one in (listed, *asked) if one is not None])

    async def _ask(self, address: str, domain: str) -> list[Found | None]:
        """All stages at once. The domain's own word ends the waiting for the rest."""
        stages = (
            self._autoconfig(address),
            self._services(address, domain),
            self._delivery(address, domain),
            self._guess(address, domain),
        )
        return await in_time(stages, seconds=self._seconds, enough=lambda one: one is not None and one.imap is not None)

    # ---- Stages

    async def _autoconfig(self, address: str) -> Found | None:
        files = [self._file(host, path, address) for host, path in places(address)]
        told = await in_order(files, enough=lambda one: one is not None and one.imap is not None)
        return next(filter(None, reversed(told)), None)

    async def _file(self, host: str, path: str, address: str) -> Found | None:
        try:
            told = read(await self._web.get(host, path), address)
        except ProviderError:
            return None
        if told.imap is None and not told.lacks:
            return None
        return _found(FoundBy.AUTOCONFIG, told.imap, told.smtp, provider=told.provider, lacks=told.lacks)

    async def _services(self, address: str, domain: str) -> Found | None:
        answers = await together(*(self._names.services(f"{name}._tcp.{domain}") for name, _tls in _SRV))
        made = [_service(address, answer, tls) for answer, (_name, tls) in zip(answers, _SRV, strict=True)]
        imap, smtp = made[0] or made[1], made[2] or made[3]
        return None if imap is None else _found(FoundBy.SRV, imap, smtp)

    async def _delivery(self, address: str, domain: str) -> Found | None:
        hosts = await self._names.delivery(domain)
        return next(filter(None, (by_delivery(host, address) for host in hosts)), None)

    async def _guess(self, address: str, domain: str) -> Found | None:
        imap, smtp = await together(
            self._first_that_answers("imap", address, domain), self._first_that_answers("smtp", address, domain)
        )
        return None if imap is None else _found(FoundBy.GUESS, imap, smtp)

    async def _first_that_answers(self, speaks: Speaks, address: str, domain: str) -> FoundServer | None:
        """All are tried at once; the order says which one is taken."""
        guesses = _GUESSES[speaks]
        tried = [self._probe.answers(f"{top}{domain}", port, speaks=speaks, tls=tls) for top, port, tls in guesses]
        answers = await in_order(tried, enough=bool)
        if not answers or not answers[-1]:
            return None
        top, port, tls = guesses[len(answers) - 1]
        return server_of(address, host=f"{top}{domain}", port=port, tls=tls)


def _service(address: str, answer: Iterable[Service], tls: str) -> FoundServer | None:
    made = (server_of(address, host=one.host, port=one.port, tls=tls) for one in answer)
    return next(filter(None, made), None)


def _found(
    source: FoundBy, imap: FoundServer | None, smtp: FoundServer | None, *, provider: str = "", lacks: str = ""
) -> Found:
    quirks = quirks_of(*(one.host for one in (imap, smtp) if one is not None))
    return Found(
        source=source,
        provider=provider or quirks.name,
        imap=imap,
        smtp=smtp,
        trusted=source in (FoundBy.TABLE, FoundBy.AUTOCONFIG),
        lacks=lacks,
        quirks=quirks.codes,
        authserv_id=quirks.authserv_id,
    )


def ordered(found: list[Found]) -> tuple[Found, ...]:
    """By source, those with an IMAP server first; the same servers are named once, by whom one can rely on most."""
    ranks = list(FoundBy)
    kept: dict[tuple[object, ...], Found] = {}
    for one in sorted(found, key=lambda one: (one.imap is None, ranks.index(one.source))):
        imap = one.imap
        kept.setdefault(("none", one.lacks) if imap is None else (imap.host, imap.port, imap.tls), one)
    return tuple(kept.values())
