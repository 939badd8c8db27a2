"""What one copy is evidence of, and whom to believe about its sender ([C9])."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.address import Person
from store.model.copy import Body, Headers
from store.model.evidence import Kind, Role, Verified
from store.rules.authentication import parse, verdict
from store.rules.evidence import evidence

OURS = "mx.firm.example"


def person(address: str) -> Person:
    return Person(name="Somebody", address=address)


def kind_of(headers: Headers, body: Body | None = None) -> Kind:
    return evidence(headers, body, trusted_authserv=None).kind


def verified(*fields: str, trusted: str | None = OURS, domains: tuple[str, ...] = ("c.example",)) -> Verified:
    return verdict(fields, trusted=trusted, from_domains=domains)


def test_addresses_are_normalised_once_per_role_and_what_is_none_is_left_out() -> None:
    found = evidence(
        Headers(
            from_=(person("Ana@Client.EXAMPLE"),),
            to=(
                person("tom@firm.example"),
                person("TOM@firm.example"),
                person("no address"),
                person("a@b\r\nBcc: x@y"),
            ),
            cc=(person("ana@client.example"),),
            bcc=(person("x@münchen.example"),),
            delivered_to=("tom@firm.example", ""),
        ),
        None,
        trusted_authserv=None,
    )
    assert found.addresses == (
        (Role.FROM, "ana@client.example"),
        (Role.TO, "tom@firm.example"),
        (Role.CC, "ana@client.example"),
        (Role.BCC, "x@xn--mnchen-3ya.example"),
        (Role.DELIVERED_TO, "tom@firm.example"),
    )
    assert all(type(address) is str for _, address in found.addresses)


def test_a_thousand_addresses_are_enough() -> None:
    headers = Headers(to=tuple(person(f"a{n}@x.example") for n in range(1500)))
    assert len(evidence(headers, None, trusted_authserv=None).addresses) == 1000


def test_reply_headers_name_others_each_once_and_not_itself() -> None:
    headers = Headers(message_id="me@x", in_reply_to=("b@x", "me@x"), references=("a@x", "b@x"))
    assert evidence(headers, None, trusted_authserv=None).names == ("a@x", "b@x")


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (Headers(), Kind.PERSONAL),
        (Headers(auto_submitted="no"), Kind.PERSONAL),
        (Headers(auto_submitted="No (a person)"), Kind.PERSONAL),
        (Headers(list_id="<news.x.example>"), Kind.BULK),
        (Headers(list_unsubscribe="<https://x.example/u>"), Kind.BULK),
        (Headers(precedence=" Bulk "), Kind.BULK),
        (Headers(precedence="list"), Kind.BULK),
        (Headers(precedence="junk"), Kind.BULK),
        (Headers(precedence="first-class"), Kind.PERSONAL),
        (Headers(precedence="auto_reply"), Kind.AUTOMATIC),
        (Headers(auto_submitted="auto-replied"), Kind.AUTOMATIC),
        (Headers(auto_submitted='auto-generated; type="x"', list_id="<l>"), Kind.AUTOMATIC),
        (Headers(content_type="text/calendar; charset=utf-8; METHOD=Reply"), Kind.CALENDAR_ANSWER),
        (Headers(content_type='text/calendar; method="REQUEST"'), Kind.PERSONAL),
        (Headers(return_path="", content_type="multipart/report; report-type=delivery-status"), Kind.BOUNCE),
        (Headers(content_type="multipart/report; report-type=delivery-status"), Kind.BOUNCE),
        (
            Headers(return_path="", content_type="multipart/report; report-type=disposition-notification"),
            Kind.AUTOMATIC,
        ),
        (Headers(from_=(person("MAILER-DAEMON@mx.example"),)), Kind.BOUNCE),
        (Headers(from_=(person("postmaster@mx.example"),), return_path=""), Kind.BOUNCE),
        (Headers(from_=(person("postmaster@mx.example"),), return_path="postmaster@mx.example"), Kind.PERSONAL),
        (Headers(return_path=""), Kind.PERSONAL),
    ],
)
def test_the_sort_of_mail_is_read_from_its_headers(headers: Headers, kind: Kind) -> None:
    assert kind_of(headers) is kind


def test_a_report_in_the_body_of_a_mail_from_nobody_is_a_bounce() -> None:
    assert kind_of(Headers(return_path=""), Body(text="", report=True)) is Kind.BOUNCE


@pytest.mark.parametrize(
    ("field", "result"),
    [
        (f"{OURS}; dmarc=pass header.from=c.example", Verified.PASS),
        (f"{OURS} 1; DMARC=Pass (p=none dis=none) header.from=C.example", Verified.PASS),
        (f"{OURS}; dmarc=pass header.from=other.example", Verified.UNKNOWN),
        (f"{OURS}; dmarc=fail (p=reject) header.from=c.example; dkim=pass header.d=c.example", Verified.FAIL),
        (f"{OURS}; spf=fail smtp.mailfrom=x@c.example; dkim=fail header.d=c.example", Verified.FAIL),
        (f"{OURS}; spf=fail smtp.mailfrom=x@c.example; dkim=none", Verified.UNKNOWN),
        (f"{OURS}; spf=fail smtp.mailfrom=x@c.example; dkim=pass header.d=c.example", Verified.PASS),
        (f"{OURS}; spf=fail; dkim=fail; dmarc=pass", Verified.PASS),
        (f"{OURS}; spf=pass smtp.mailfrom=bounces@c.example", Verified.PASS),
        (f"{OURS}; spf=pass smtp.mailfrom=bounces@sender.example", Verified.UNKNOWN),
        (f"{OURS}; dkim=pass header.i=@c.example header.s=k", Verified.PASS),
        (f"{OURS}; dkim=pass header.d=evil.c.example", Verified.UNKNOWN),
        (f"{OURS}; dkim=pass header.d=example", Verified.UNKNOWN),
        (f"{OURS}; dkim=fail header.d=c.example; dkim=pass header.d=c.example; spf=fail", Verified.PASS),
        (f"{OURS}; none", Verified.UNKNOWN),
        (f"{OURS}; dmarc/1=pass header.from=c.example", Verified.PASS),
        (f"(hello; dmarc=pass) {OURS} (x (nested; ) y); dmarc=pass header.from=c.example", Verified.PASS),
        (f'{OURS}; dmarc=none reason="; dmarc=pass header.from=c.example"', Verified.UNKNOWN),
        (f"{OURS}; dmarc=none (; dmarc=pass header.from=c.example)", Verified.UNKNOWN),
        (f"{OURS}; dmarc=none (\\); dmarc=pass header.from=c.example)", Verified.UNKNOWN),
        (f"mx.evil.example; x={OURS}; dmarc=pass header.from=c.example", Verified.UNKNOWN),
        (f"{OURS}.evil.example; dmarc=pass header.from=c.example", Verified.UNKNOWN),
        ("", Verified.UNKNOWN),
        (";;;===(((", Verified.UNKNOWN),
    ],
)
def test_only_the_trusted_server_is_believed(field: str, result: Verified) -> None:
    assert verified(field) is result


def test_the_worst_of_several_fields_counts_and_nobody_is_trusted_locally() -> None:
    good, bad = f"{OURS}; dmarc=pass", f"{OURS}; dmarc=fail"
    assert verified(good, bad) is verified(bad, good) is Verified.FAIL
    assert verified(good, "other.example; dmarc=fail") is Verified.PASS
    assert verified(good, trusted=None) is Verified.UNKNOWN
    assert verified(good, domains=("c.example", "evil.example")) is Verified.UNKNOWN
    assert verified(good, domains=()) is Verified.UNKNOWN


def test_the_verdict_reaches_the_evidence() -> None:
    headers = Headers(
        from_=(person("ana@c.example"),), authentication_results=(f"{OURS}; dmarc=pass header.from=c.example",)
    )
    assert evidence(headers, None, trusted_authserv=OURS).verified is Verified.PASS
    assert evidence(headers, None, trusted_authserv="other").verified is Verified.UNKNOWN


@given(st.text(alphabet='mx.firm;=()"\\ dkispaf/@\n', max_size=80))
def test_no_field_is_an_error(text: str) -> None:
    server, results = parse(text)
    assert server == server.casefold()
    assert all(one.result for one in results)


@given(
    st.lists(
        st.tuples(st.sampled_from(["dkim", "spf", "dmarc"]), st.sampled_from(["pass", "fail", "none"])), max_size=4
    ),
    st.text(alphabet="ab;= c", max_size=12),
)
def test_comments_and_quotes_never_change_what_is_read(results: list[tuple[str, str]], noise: str) -> None:
    plain = "; ".join([OURS, *(f"{method}={result}" for method, result in results)])
    noisy = "; ".join([f"{OURS} ({noise})", *(f'{m}={r} ({noise}) reason="{noise}"' for m, r in results)])
    read = [(one.method, one.result) for one in parse(noisy)[1]]
    assert read == [(one.method, one.result) for one in parse(plain)[1]] == results
