"""Makes `providers/servers.tsv` from a checkout of Thunderbird's provider database (github.com/thunderbird/autoconfig):

    python -P -m bench.provider_table FOLDER_OF_XML_FILES > providers/servers.tsv

Takes the facts alone: host, port, socket, login form, authentication. Servers without TLS are left out, and so is POP3.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET  # the files are a checkout's, not a stranger's

from providers.forms import way_of

HEAD = """\
# Mail providers' servers: provider, IMAP, SMTP, what is missing, domains of addresses and of MX hosts.
# A server is host, port, socket, login form (a: %EMAILADDRESS%, l: %EMAILLOCALPART%) and ways to log in.
# The facts are those of the Thunderbird project's provider database, https://github.com/thunderbird/autoconfig,
# by its contributors, which is under the Mozilla Public License, v. 2.0; so is this file, made from it by
# bench/provider_table.py. A copy of that licence is at https://mozilla.org/MPL/2.0/.
"""
SOCKETS = {"SSL": "ssl", "STARTTLS": "starttls"}
FORMS = {"%EMAILADDRESS%": "a", "%EMAILLOCALPART%": "l"}


def row(provider: ET.Element) -> str:
    """One provider as a line."""
    imap = [one for one in provider.iter("incomingServer") if one.get("type") == "imap"]
    smtp = list(provider.iter("outgoingServer"))
    incoming, outgoing = _first(imap), _first(smtp)
    lacks = "" if incoming else "tls" if imap else "imap"
    domains = dict.fromkeys((one.text or "").strip().lower() for one in provider.iter("domain"))
    name = _text(provider, "displayShortName") or _text(provider, "displayName")
    return "\t".join([name, incoming, outgoing, lacks, " ".join(domains)])


def _first(servers: list[ET.Element]) -> str:
    """The first one with TLS: the database lists the preferred one first."""
    return next((_server(one) for one in servers if _text(one, "socketType") in SOCKETS), "")


def _server(element: ET.Element) -> str:
    form = _text(element, "username") or "%EMAILADDRESS%"
    host = _text(element, "hostname")
    ways = dict.fromkeys(filter(None, (way_of(one.text or "", host) for one in element.iter("authentication"))))
    port, socket = _text(element, "port"), SOCKETS[_text(element, "socketType")]
    return " ".join([host, port, socket, FORMS.get(form, form), ",".join(ways) or "-"])


def _text(element: ET.Element, name: str) -> str:
    return " ".join((element.findtext(name) or "").split())


def lines(folder: Path) -> Iterator[str]:
    """All providers, in the order of their files."""
    for path in sorted(folder.glob("*.xml")):
        for provider in ET.parse(path).getroot().iter("emailProvider"):  # noqa: S314 - see the import
            yield row(provider)


if __name__ == "__main__":
    sys.stdout.write(HEAD + "".join(f"{line}\n" for line in lines(Path(sys.argv[1]))))
