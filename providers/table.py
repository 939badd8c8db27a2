"""The packaged table of mail providers: by an address's domain, or by the host where a domain's mail is delivered.

Facts only: it opens no socket. Both files are read once, when they are first asked for.
"""

import functools
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Final

from providers.forms import filled, server_of
from providers.quirks import quirks_of
from store.model.found import Found, FoundBy, FoundServer, Way
from store.model.record import Record

FILES: Final = ("servers.tsv", "servers_own.tsv")  # what is said later holds
_FORMS: Final = {"a": "%EMAILADDRESS%", "l": "%EMAILLOCALPART%"}


class TableServer(Record, frozen=True, kw_only=True):
    """A server as the table has it; `host` may have %EMAILDOMAIN% in it."""

    host: str
    port: int
    tls: str
    login_form: str
    ways: tuple[Way, ...]


class Provider(Record, frozen=True, kw_only=True):
    """A row. `lacks` says why there is no IMAP server: imap (it has none), tls (not over TLS)."""

    name: str
    imap: TableServer | None
    smtp: TableServer | None
    lacks: str = ""


class Table(Record, frozen=True, kw_only=True):
    """Rows by domain: exact, of all names below it, and of the hosts that mail is delivered to."""

    exact: Mapping[str, Provider]
    below: Mapping[str, Provider]
    delivery: Mapping[str, Provider]


def by_domain(address: str) -> Found | None:
    """Who has the addresses of this domain."""
    domain, table = address.rpartition("@")[2].lower(), packaged()
    provider = table.exact.get(domain) or _climb(domain.partition(".")[2], table.below)
    return None if provider is None else _found(provider, address, FoundBy.TABLE)


def by_delivery(host: str, address: str) -> Found | None:
    """Whose host takes a domain's mail. DNS said so: who puts a secret there asks a person first."""
    name, table = host.lower().rstrip("."), packaged()
    provider = _climb(name, table.delivery) or _climb(name, table.exact)
    return None if provider is None else _found(provider, address, FoundBy.MX)


def _climb(name: str, rows: Mapping[str, Provider]) -> Provider | None:
    """The row of a name, or of the nearest one above it; never of a top-level domain."""
    while "." in name:
        if (row := rows.get(name)) is not None:
            return row
        name = name.partition(".")[2]
    return None


def _found(provider: Provider, address: str, source: FoundBy) -> Found:
    quirks = quirks_of(*(one.host for one in (provider.imap, provider.smtp) if one is not None))
    return Found(
        source=source,
        provider=filled(provider.name, address),
        imap=_server(provider.imap, address),
        smtp=_server(provider.smtp, address),
        trusted=source is FoundBy.TABLE,
        lacks=provider.lacks,
        quirks=quirks.codes,
        authserv_id=quirks.authserv_id,
    )


def _server(server: TableServer | None, address: str) -> FoundServer | None:
    if server is None:
        return None
    return server_of(
        address, host=server.host, port=server.port, tls=server.tls, form=server.login_form, ways=server.ways
    )


# ---- The files


@functools.cache
def packaged() -> Table:
    """The table of this installation."""
    exact: dict[str, Provider] = {}
    below: dict[str, Provider] = {}
    delivery: dict[str, Provider] = {}
    for name in FILES:
        for provider, domains in read(files("providers").joinpath(name).read_text("utf-8")):
            for domain in domains:
                where = delivery if domain.startswith("mx:") else below if domain.startswith("*.") else exact
                where[domain.removeprefix("mx:").removeprefix("*.")] = provider
    return Table(exact=exact, below=below, delivery=delivery)


def read(text: str) -> Iterator[tuple[Provider, list[str]]]:
    """The rows of a file, with their domains."""
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, imap, smtp, lacks, domains = line.split("\t")
        yield Provider(name=name, imap=_parsed(imap), smtp=_parsed(smtp), lacks=lacks), domains.split()


def _parsed(text: str) -> TableServer | None:
    if not text:
        return None
    host, port, tls, form, ways = text.split(" ")
    known = () if ways == "-" else tuple(Way(way) for way in ways.split(","))
    return TableServer(host=host, port=int(port), tls=tls, login_form=_FORMS.get(form, form), ways=known)
