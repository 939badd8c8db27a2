"""The packaged table of providers: every domain of the database it was made from, and nothing without TLS."""

import os
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.forms import LOGIN_FORM, filled, host_name, server_of
from providers.quirks import quirks_of, saves_sent
from providers.table import by_delivery, by_domain, packaged
from store.model.found import Found, FoundBy, Way


def found(address: str) -> Found:
    answer = by_domain(address)
    assert answer is not None
    return answer


# ---------------------------------------------------------------- the database
def rows(corpora: Path) -> Iterator[tuple[str, ET.Element]]:
    for path in sorted((corpora / "ispdb").glob("*.xml")):
        for provider in ET.parse(path).getroot().iter("emailProvider"):  # noqa: S314 - the corpus is known
            for domain in provider.iter("domain"):
                yield (domain.text or "").strip(), provider


@pytest.mark.corpora
def test_every_domain_of_the_database_is_found_with_its_servers(corpora: Path) -> None:
    seen = set()
    for domain, provider in rows(corpora):
        seen.add(domain)
        answer = found(f"ana.ruiz@{domain}")
        assert (answer.source, answer.trusted) == (FoundBy.TABLE, True)
        incoming = [one for one in provider.iter("incomingServer") if one.get("type") == "imap"]
        for server, told in ((answer.imap, incoming), (answer.smtp, list(provider.iter("outgoingServer")))):
            secure = [one for one in told if one.findtext("socketType") in ("SSL", "STARTTLS")]
            assert (server is not None) == bool(secure), domain
            if server is None:
                continue
            wanted = secure[0]
            address = f"ana.ruiz@{domain}"
            assert server.host == filled(wanted.findtext("hostname") or "", address).lower()
            assert server.port == int(wanted.findtext("port") or 0)
            assert server.tls == {"SSL": "ssl", "STARTTLS": "starttls"}[wanted.findtext("socketType") or ""]
            assert server.login == filled(wanted.findtext("username") or LOGIN_FORM, address)
            told_ways = {one.text for one in wanted.iter("authentication")}
            assert (Way.PASSWORD in server.ways) == bool(told_ways & {"password-cleartext", "password-encrypted"})
            assert any(way is not Way.PASSWORD for way in server.ways) == ("OAuth2" in told_ways)
        if answer.imap is None:
            assert answer.lacks == ("tls" if incoming else "imap")
    assert len(seen) == 962


def test_the_table_is_whole_without_the_database() -> None:
    table = packaged()
    assert len(table.exact) > 970
    for provider in {*table.exact.values(), *table.below.values(), *table.delivery.values()}:
        assert provider.name
        assert (provider.imap is None) == bool(provider.lacks)
        for server in (provider.imap, provider.smtp):
            assert server is None or server.tls in ("ssl", "starttls")


# ---------------------------------------------------------------- single rows
def test_google_and_microsoft() -> None:
    google, microsoft = found("ana@gmail.com"), found("ana@outlook.com")
    assert google.imap is not None
    assert (google.imap.host, google.imap.ways) == ("imap.gmail.com", (Way.GOOGLE, Way.PASSWORD))
    assert google.authserv_id == "mx.google.com"
    assert {"labels", "saves_sent", "app_password", "connections:15"} == set(google.quirks)
    assert microsoft.imap is not None
    assert microsoft.smtp is not None
    assert (microsoft.imap.ways, microsoft.smtp.tls) == ((Way.MICROSOFT,), "starttls")
    assert "oauth_only" in microsoft.quirks


def test_icloud_wants_the_name_for_imap_and_the_address_for_smtp() -> None:
    answer = found("Ana.Ruiz@icloud.com")
    assert answer.imap is not None
    assert answer.smtp is not None
    assert (answer.imap.login, answer.smtp.login) == ("Ana.Ruiz", "Ana.Ruiz@icloud.com")
    kept = answer.smtp.settings(login=answer.imap.login)
    assert (kept.host, kept.login) == ("smtp.mail.me.com", "Ana.Ruiz@icloud.com")
    assert answer.imap.settings(login=answer.imap.login).login is None


def test_who_has_no_imap_says_so() -> None:
    assert (found("a@proton.me").imap, found("a@proton.me").lacks) == (None, "imap")
    assert found("a@so.wind.ne.jp").lacks == "tls"


def test_names_below_are_found_only_where_the_row_says_so() -> None:
    assert found("a@olmo.onmicrosoft.com").provider == "Microsoft 365"
    assert by_domain("a@alumni.mit.edu") is None
    assert by_domain("a@onmicrosoft.com.evil.example") is None
    assert by_domain("a@olmo.example") is None


@pytest.mark.parametrize(
    ("host", "imap"),
    [
        ("aspmx.l.google.com", "imap.gmail.com"),
        ("ALT1.ASPMX.L.GOOGLE.COM.", "imap.gmail.com"),
        ("smtp.google.com", "imap.gmail.com"),
        ("olmo-example.mail.protection.outlook.com", "outlook.office365.com"),
        ("olmo-example.h-v1.mx.microsoft", "outlook.office365.com"),
        ("in1-smtp.messagingengine.com", "imap.fastmail.com"),
        ("mx2.zoho.eu", "imappro.zoho.eu"),
        ("mx01.mail.icloud.com", "imap.mail.me.com"),
        ("aspmx1.migadu.com", "imap.migadu.com"),
        ("smtp.rzone.de", "imap.strato.de"),
        ("mx1.emailsrvr.com", "secure.emailsrvr.com"),
    ],
)
def test_where_mail_is_delivered_tells_the_provider(host: str, imap: str) -> None:
    answer = by_delivery(host, "ana@olmo.example")
    assert answer is not None
    assert answer.imap is not None
    assert (answer.imap.host, answer.imap.login) == (imap, "ana@olmo.example")
    assert (answer.source, answer.trusted) == (FoundBy.MX, False)


@pytest.mark.parametrize("host", ["", ".", "com", "mx.olmo.example", "google.com.evil.example", "xgoogle.com"])
def test_a_host_of_nobody_s_tells_nothing(host: str) -> None:
    assert by_delivery(host, "ana@olmo.example") is None


# ---------------------------------------------------------------- forms
@given(st.text(max_size=60), st.text(max_size=40))
def test_no_form_makes_a_login_with_controls_or_a_server_without_tls(form: str, host: str) -> None:
    server = server_of("ana@olmo.example", host=host, port=993, tls="ssl", form=form)
    if server is not None:
        assert host_name(server.host) == server.host
        assert server.login.isprintable()
        assert " " not in server.login
    assert server_of("ana@olmo.example", host="mail.olmo.example", port=143, tls="none") is None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "::1", "10.0.0.1", "169.254.169.254", "0x7f.1", "1.2.3.4.", "a b.c", "-a.b.c",
     "a..b", "x" * 64 + ".y", "a.b\r\nc.d", "mail_.olmo.example", "2130706433"],
)  # fmt: skip
def test_what_is_no_name_of_the_internet_is_no_host(host: str) -> None:
    assert host_name(host) is None


def test_names_in_other_scripts_are_hosts() -> None:
    assert host_name("Mail.Bücher.example.") == "mail.xn--bcher-kva.example"


# ---------------------------------------------------------------- quirks
def test_quirks_are_found_by_any_of_the_hosts() -> None:
    assert quirks_of("IMAP.gmail.com.", "smtp.gmail.com").labels
    assert quirks_of("mail.olmo.example", "smtp.mail.yahoo.com").newest == 10_000
    assert quirks_of("mail.olmo.example") == quirks_of()
    assert quirks_of().codes == ()
    assert saves_sent("smtp.office365.com.")
    assert not saves_sent("smtp.mail.me.com")


def test_the_table_needs_nothing_that_is_not_packaged(tmp_path: Path) -> None:
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        packaged.cache_clear()
        assert by_domain("ana@gmx.de") is not None
    finally:
        os.chdir(before)
