"""A MailSender that tells when the server refused what it was given: the next login is made with a fresh token."""

from collections.abc import Callable, Sequence

from providers.errors import AuthRefused
from providers.protocols import Content, MailSender, RecipientResult, Secret, Server


class SpurningSender:
    """MailSender. See the module."""

    def __init__(self, sender: MailSender, spurn: Callable[[Secret], None]) -> None:
        self._sender, self._spurn = sender, spurn

    def check(self, server: Server, login: str, secret: Secret) -> None:
        self._sender.check(server, login, secret)

    def send(
        self,
        server: Server,
        login: str,
        secret: Secret,
        *,
        sender: str,
        recipients: Sequence[str],
        message: bytes | Content,
        begin: Callable[[], bool],
    ) -> tuple[RecipientResult, ...]:
        try:
            return self._sender.send(
                server, login, secret, sender=sender, recipients=recipients, message=message, begin=begin
            )
        except AuthRefused:
            self._spurn(secret)
            raise

    def hang_up(self) -> None:
        self._sender.hang_up()

    def close(self) -> None:
        self._sender.close()
