"""The header fields that are fetched where no body is wanted: all that filing, threads, lists and triage depend on."""

from typing import Final

HEADER_FIELDS: Final = (
    "Message-ID",
    "Date",
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Subject",
    "In-Reply-To",
    "References",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Precedence",
    "Auto-Submitted",
    "Return-Path",
    "Content-Type",
    "Delivered-To",
    "X-Original-To",
    "Authentication-Results",
    "Received",  # only where the first one stands: verdicts below it were not given by the mailbox's own provider
)
