"""A throw-away certificate authority and one server certificate, for TLS on loopback. Nothing of it outlives the
server.
"""

import ipaddress
import ssl
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:  # cryptography takes a tenth of a second to import
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec


class Certificate(Enum):
    """Which certificate a server shows; all are signed by the authority in its `cafile`."""

    GOOD = "good"
    EXPIRED = "expired"
    WRONG_NAME = "wrong name"


class Pems(msgspec.Struct, frozen=True, kw_only=True):
    authority: bytes
    certificate: bytes
    key: bytes


def make(kind: Certificate, *, host: str, now: datetime) -> Pems:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _name("postroom rehearsal authority")
    authority = _begin(authority_name, authority_name, authority_key.public_key(), now=now)
    authority = authority.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    authority = authority.add_extension(_usage(signs=True), critical=True)
    root = _signed(authority, authority_key, authority_key)

    key = ec.generate_private_key(ec.SECP256R1())
    when = now - timedelta(days=40) if kind is Certificate.EXPIRED else now
    names: list[x509.GeneralName] = [x509.DNSName("elsewhere.example")]
    if kind is not Certificate.WRONG_NAME:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(host))]
    server = _begin(_name("postroom rehearsal"), authority_name, key.public_key(), now=when)
    server = server.add_extension(x509.SubjectAlternativeName(names), critical=False)
    server = server.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    server = server.add_extension(_usage(signs=False), critical=True)
    leaf = _signed(server, key, authority_key)
    pem = serialization.Encoding.PEM
    return Pems(
        authority=root.public_bytes(pem),
        certificate=leaf.public_bytes(pem),
        key=key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def server_context(pems: Pems, folder: Path) -> ssl.SSLContext:
    """A context that shows the certificate. OpenSSL reads keys from files only: this one is deleted as soon as it is
    read.
    """
    chain = folder / "chain.pem"
    chain.touch(mode=0o600)
    try:
        chain.write_bytes(pems.key + pems.certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
    finally:
        chain.unlink()
    return context


def _name(text: str) -> "x509.Name":
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _begin(
    subject: "x509.Name", issuer: "x509.Name", key: "ec.EllipticCurvePublicKey", *, now: datetime
) -> "x509.CertificateBuilder":
    from cryptography import x509

    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _signed(
    builder: "x509.CertificateBuilder", key: "ec.EllipticCurvePrivateKey", by: "ec.EllipticCurvePrivateKey"
) -> "x509.Certificate":
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key())
    if key is not by:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.add_extension(identifier, critical=False).sign(by, hashes.SHA256())


def _usage(*, signs: bool) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
