"""What DNS knows of a domain's mail, through dnspython: where it is delivered, which services it names, addresses.

Its word is nobody's proof: what it names gets no secret unasked (Z10). Names are asked for as they are, never below a
search domain. Whoever does not answer is as good as one who knows nothing.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from providers.together import together
from store.model.record import Record

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

SECONDS: Final = 5.0
MOST: Final = 16  # records of one kind


class Service(Record, frozen=True, kw_only=True):
    """An SRV record."""

    host: str
    port: int


class Names(Protocol):
    """Answers in order of preference; hosts without the last dot. Nothing raises."""

    async def services(self, name: str) -> tuple[Service, ...]:
        """SRV. A target of `.` says that there is no such service, and is left out."""
        ...

    async def delivery(self, domain: str) -> tuple[str, ...]:
        """MX."""
        ...

    async def addresses(self, host: str) -> tuple[str, ...]:
        """A and AAAA."""
        ...


class Dns:
    """The system's name servers, or those that are given. Loading them takes a while; asking does not block."""

    def __init__(self, *, servers: Sequence[str] = (), port: int = 53, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._resolver = _resolver(list(servers), port)

    async def services(self, name: str) -> tuple[Service, ...]:
        records = sorted(await self._ask(name, "SRV"), key=lambda one: (one.priority, -one.weight))
        named = [Service(host=_text(one.target), port=int(one.port)) for one in records]
        return tuple(one for one in named if one.host)[:MOST]

    async def delivery(self, domain: str) -> tuple[str, ...]:
        records = sorted(await self._ask(domain, "MX"), key=lambda one: int(one.preference))
        return tuple(filter(None, (_text(one.exchange) for one in records)))[:MOST]

    async def addresses(self, host: str) -> tuple[str, ...]:
        answers = await together(self._ask(host, "A"), self._ask(host, "AAAA"))
        return tuple(str(one.address) for answer in answers for one in answer)[:MOST]

    async def _ask(self, name: str, kind: str) -> list[Any]:
        from dns.exception import DNSException

        if self._resolver is None:
            return []
        try:
            answer = await self._resolver.resolve(f"{name}.", kind, search=False, lifetime=self._seconds)
        except (DNSException, OSError, ValueError, EOFError):
            return []
        return list(answer)


def _resolver(servers: list[str], port: int) -> "Resolver | None":
    """None where the system names no server."""
    from dns.asyncresolver import Resolver  # 60 ms
    from dns.exception import DNSException

    try:
        made = Resolver(configure=not servers)
    except (DNSException, OSError):
        return None
    if servers:
        made.nameservers, made.port = servers, port
    return made


def _text(name: Any) -> str:  # noqa: ANN401 - a name of dnspython's
    return str(name.to_text(omit_final_dot=True)).lower().removesuffix(".")
