"""What was found of an address's servers, in words and as a person names them; for screens and commands alike. Pure.

Nothing is decided about trust here: what nobody but DNS or a guess named is marked so, and the caller asks (Z10).
"""

from collections.abc import Sequence

from store.model.found import Found, FoundBy, FoundServer, Way
from store.model.plain import plain
from tui.i18n import _


def best(found: Sequence[Found]) -> Found | None:
    """The one to begin with: the first that can be synced."""
    return next((one for one in found if one.imap is not None), None)


def source_words(found: Found) -> str:
    """Who says so, as a sentence."""
    name = plain(found.provider)
    return {
        FoundBy.TABLE: _("{provider}: known to postroom.").format(provider=name),
        FoundBy.AUTOCONFIG: _("Named by the domain's own page for mail programs."),
        FoundBy.SRV: _("Named in DNS by the domain, which can be forged."),
        FoundBy.MX: _("Its mail is delivered to {provider}, says DNS, which can be forged.").format(provider=name),
        FoundBy.GUESS: _("A guess: servers of these names answer."),
    }[found.source]


def needs_words(found: Found) -> tuple[str, ...]:
    """What the provider wants of a person, a sentence each."""
    name = plain(found.provider) or (found.imap.host if found.imap is not None else "")
    ways = found.imap.ways if found.imap is not None else ()
    said = []
    if "app_password" in found.quirks and Way.PASSWORD in ways:
        pages = Way.GOOGLE in ways or Way.MICROSOFT in ways
        words = (
            _("{provider} takes an app password, which its account page makes, or one signs in on its page.")
            if pages
            else _("{provider} takes an app password only; its account page makes one.")
        )
        said.append(words.format(provider=name))
    if ways and Way.PASSWORD not in ways:
        said.append(_("{provider} takes no password: one signs in on its page.").format(provider=name))
    if "switched_off" in found.quirks:
        said.append(_("IMAP has to be allowed on the page of {provider} first.").format(provider=name))
    newest = next((quirk.partition(":")[2] for quirk in found.quirks if quirk.startswith("newest:")), "")
    if newest:
        said.append(
            _("{provider} shows the newest {count} mails of a folder only.").format(provider=name, count=newest)
        )
    return tuple(said)


def lacks_words(found: Found) -> str:
    """Why there is no IMAP server."""
    name = plain(found.provider)
    if found.lacks == "tls":
        return _("{provider} offers IMAP without encryption only, which postroom does not use.").format(provider=name)
    return _("{provider} offers no IMAP.").format(provider=name)


def named(server: FoundServer | None) -> str:
    """As a person would name it: the port only where the name alone would mean another."""
    if server is None:
        return ""
    host = server.host
    usual = {(993, "ssl"), (465, "ssl")}
    return host if (server.port, server.tls) in usual else f"{host}:{server.port}"


def hosts(found: Found) -> str:
    """All that a secret would go to."""
    servers = [server.host for server in (found.imap, found.smtp) if server is not None]
    return ", ".join(dict.fromkeys(servers))
