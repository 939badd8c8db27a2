"""What is known of certain providers' servers, by their host names, where no protocol tells it."""

from typing import Final

_SAVE_SENT: Final = frozenset({
    "smtp.gmail.com",
    "smtp.googlemail.com",
    "smtp.office365.com",
    "outlook.office365.com",
    "smtp-mail.outlook.com",
    "smtp.live.com",
    "smtp.hotmail.com",
})  # fmt: skip


def saves_sent(smtp_host: str) -> bool:
    """Whether what this host accepts for delivery stands in the mailbox's Sent folder without our doing."""
    return smtp_host.strip().rstrip(".").lower() in _SAVE_SENT
