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
    """The system's name servers, or those that are given."""

    def __init__(self, *, servers: Sequence[str] = (), port: int = 53, seconds: float = SECONDS) -> None:
        self._servers, self._port, self._seconds = list(servers), port, seconds
        self._resolver: Resolver | None = None

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
        import dns.exception  # 60 ms

        try:
            answer = await self._asked().resolve(f"{name}.", kind, search=False, lifetime=self._seconds)
        except (dns.exception.DNSException, OSError, ValueError, EOFError):
            return []
        return list(answer)

    def _asked(self) -> "Resolver":
        from dns.asyncresolver import Resolver

        if self._resolver is None:
            self._resolver = Resolver(configure=not self._servers)
            if self._servers:
                self._resolver.nameservers, self._resolver.port = self._servers, self._port
        return self._resolver


def _text(name: Any) -> str:  # noqa: ANN401 - a name of dnspython's
    return str(name.to_text(omit_final_dot=True)).lower().removesuffix(".")
