"""The SMTP server that tests of sending stand on: what it takes, refuses, and hears in clear."""

import smtplib
import ssl

import pytest

from tests.support.smtp import Receiver, Tls

RAW = b"From: a@firm.example\r\nTo: b@client.example\r\nSubject: one\r\n\r\nhello\r\n"


def _line(receiver: Receiver, tls: Tls) -> smtplib.SMTP:
    trust = ssl.create_default_context(cafile=str(receiver.cafile))
    if tls == "ssl":
        return smtplib.SMTP_SSL(receiver.host, receiver.port, context=trust)
    line = smtplib.SMTP(receiver.host, receiver.port)
    if tls == "starttls":
        line.starttls(context=trust)
    return line


@pytest.mark.parametrize("tls", ["none", "starttls", "ssl"])
def test_a_mail_is_kept_with_its_envelope(tls: Tls) -> None:
    with Receiver(tls=tls, logins={"user1": "secret"}) as receiver:
        with _line(receiver, tls) as line:
            line.login("user1", "secret")
            line.sendmail("a@firm.example", ["b@client.example", "c@client.example"], RAW)
        mail = receiver.wait_for_mail()
    assert (mail.sender, mail.recipients) == ("a@firm.example", ("b@client.example", "c@client.example"))
    assert (mail.login, mail.encrypted) == ("user1", tls != "none")
    assert mail.raw == RAW
    assert (b"AUTH" in b"".join(receiver.said_in_clear)) == (tls == "none")
    assert b"AUTH" in b"".join(receiver.said)


def test_refusals_are_the_ones_asked_for() -> None:
    with Receiver(answers={"RCPT no@client.example": "550 5.1.1 unknown"}) as receiver:
        with _line(receiver, "none") as line:
            refused = line.sendmail("a@firm.example", ["b@client.example", "no@client.example"], RAW)
        assert refused == {"no@client.example": (550, b"5.1.1 unknown")}
        assert receiver.wait_for_mail().recipients == ("b@client.example",)


def test_a_wrong_password_is_refused() -> None:
    with (
        Receiver(tls="ssl", logins={"user1": "secret"}) as receiver,
        _line(receiver, "ssl") as line,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        line.login("user1", "guess")
