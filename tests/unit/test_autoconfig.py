"""A domain's file of servers, read as a stranger's bytes: what it may say, and what comes of hostile XML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.autoconfig import MAX_BYTES, places, read
from providers.errors import Garbled, ProviderError
from store.model.found import Way

ADDRESS = "ana@olmo.example"


def document(body: str, *, head: str = '<?xml version="1.0"?>') -> bytes:
    return f'{head}<clientConfig version="1.1"><emailProvider id="x">{body}</emailProvider></clientConfig>'.encode()


def server(
    host: str = "imap.olmo.example",
    port: str = "993",
    socket: str = "SSL",
    form: str = "%EMAILADDRESS%",
    more: str = "",
) -> str:
    return (
        f'<incomingServer type="imap"><hostname>{host}</hostname><port>{port}</port><socketType>{socket}</socketType>'
        f"<username>{form}</username>{more}</incomingServer>"
    )


def test_the_whole_of_it() -> None:
    told = read(
        document(
            "<displayName>Olmo Mail</displayName><displayShortName>Olmo</displayShortName>"
            '<incomingServer type="pop3"><hostname>pop.olmo.example</hostname></incomingServer>'
            + server(more="<authentication>OAuth2</authentication><authentication>password-cleartext</authentication>")
            + '<outgoingServer type="smtp"><hostname>smtp.%EMAILDOMAIN%</hostname><port>587</port>'
            "<socketType>STARTTLS</socketType><username>%EMAILLOCALPART%</username>"
            "<authentication>GSSAPI</authentication></outgoingServer>"
        ),
        ADDRESS,
    )
    assert (told.provider, told.lacks) == ("Olmo", "")
    assert told.imap is not None
    assert told.smtp is not None
    assert (told.imap.host, told.imap.login, told.imap.ways) == (
        "imap.olmo.example",
        ADDRESS,
        (Way.OAUTH, Way.PASSWORD),
    )
    assert (told.smtp.host, told.smtp.tls, told.smtp.login, told.smtp.ways) == (
        "smtp.olmo.example",
        "starttls",
        "ana",
        (),
    )


def test_the_first_server_that_can_be_used_is_taken() -> None:
    told = read(document(server(socket="plain") + server(port="x") + server("mail.olmo.example")), ADDRESS)
    assert told.imap is not None
    assert told.imap.host == "mail.olmo.example"


@pytest.mark.parametrize(
    ("body", "lacks"),
    [
        (server(socket="plain"), "tls"),
        (server(socket=""), "tls"),
        ('<incomingServer type="pop3"><hostname>a.b.c</hostname></incomingServer>', "imap"),
        ("", ""),
    ],
)
def test_why_there_is_none(body: str, lacks: str) -> None:
    told = read(document(body), ADDRESS)
    assert (told.imap, told.lacks) == (None, lacks)


@pytest.mark.parametrize(
    "one",
    [
        server(host="169.254.169.254"), server(host="localhost"), server(host="127.0.0.1"), server(host="a b.c"),
        server(host="imap.olmo.example/../x"), server(host="imap.olmo.example:993"), server(host=""),
        server(port="0"), server(port="65536"), server(port="-1"), server(port="٩٩٣"), server(port="1" * 400),
        server(form="a&#10;A1 LOGOUT"), server(form="%NOSUCH%"), server(form="a b"), server(host="x" * 400 + ".y.z"),
    ],
)  # fmt: skip
def test_a_server_that_makes_no_sense_is_left_out(one: str) -> None:
    assert read(document(one), ADDRESS).imap is None


HOSTILE = {
    "an entity of its own": document(server(host="&e;"), head='<!DOCTYPE x [<!ENTITY e "imap.olmo.example">]>'),
    "a billion laughs": document(
        server(host="&c;"),
        head='<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>',
    ),
    "a file of this machine": document(
        server(host="&e;"), head='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    ),
    "a document type elsewhere": document(server(), head='<!DOCTYPE x SYSTEM "https://evil.example/x.dtd">'),
    "an entity that nobody made": document(server(host="&e;")),
    "too deep": document("<a>" * 40 + "</a>" * 40),
    "too many": document("<a/>" * 3_000),
    "too long": document(" " * MAX_BYTES),
    "another charset": "<?xml version='1.0' encoding='utf-16'?><clientConfig/>".encode("utf-16"),
    "no XML": b"\x1f\x8b\x08\x00 not at all",
    "nothing": b"",
    "cut off": document(server())[:-20],
    "two roots": document(server()) + b"<a/>",
    "controls": document(server(host="a\x00b")),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_xml_is_refused(what: str) -> None:
    with pytest.raises(Garbled) as caught:
        read(HOSTILE[what], ADDRESS)
    assert caught.value.code in {"parse", "limit"}
    assert caught.value.arguments == {}


def test_a_declared_charset_changes_nothing() -> None:
    head = '<?xml version="1.0" encoding="iso-8859-1"?>'
    told = read(document("<displayName>Bücher</displayName>" + server(), head=head), ADDRESS)
    assert told.provider == "Bücher"


def test_a_name_can_steer_no_terminal() -> None:
    told = read(document(f"<displayName>a\u202eb{'c' * 300}</displayName>{server()}"), ADDRESS)
    assert "\u202e" not in told.provider
    assert len(told.provider) <= 80


def test_servers_elsewhere_in_the_document_are_not_the_domain_s() -> None:
    inside = server().replace("<hostname>", "<pop3><hostname>evil.example</hostname></pop3><hostname>")
    told = read(document(f"<other>{server('evil.example')}</other>{inside}"), ADDRESS)
    assert told.imap is not None
    assert told.imap.host == "imap.olmo.example"


@given(st.binary(max_size=400))
def test_no_bytes_do_more_than_be_refused(data: bytes) -> None:
    try:
        told = read(data, ADDRESS)
    except ProviderError:
        return
    assert told.imap is None


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_words_make_a_server_without_tls(host: str, form: str) -> None:
    try:
        told = read(document(server(host=host, form=form)), ADDRESS)
    except ProviderError:
        return
    assert told.imap is None or told.imap.tls in ("ssl", "starttls")


def test_the_address_is_asked_for_at_the_domain_s_own_hosts() -> None:
    first, second = places("a+b&c?d@olmo.example")
    assert first == ("autoconfig.olmo.example", "/mail/config-v1.1.xml?emailaddress=a%2Bb%26c%3Fd%40olmo.example")
    assert second[0] == "olmo.example"
    assert places('"a\r\nX: y"@olmo.example')[0][1].isprintable()
