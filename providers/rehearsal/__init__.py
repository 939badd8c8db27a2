"""Servers for rehearsals: a small IMAP server and an SMTP receiver on loopback, for the demo and the tests alike.

`Rehearsal` runs both on a thread of its own, `Account` says what is in them, `Fault` and `SmtpFault` what they do
wrong; `firm` is the made-up mail of the demo. Nothing outside the demo and the tests may use them: they hold passwords
in clear and mail in memory.
"""

from providers.rehearsal.accounts import BARE, CAPABILITIES, GMAIL, USUAL_FOLDERS, Account, FolderPlan, MailPlan
from providers.rehearsal.certificate import Certificate
from providers.rehearsal.faults import At, Do, Fault
from providers.rehearsal.recording import Accepted, Heard
from providers.rehearsal.server import Rehearsal
from providers.rehearsal.smtp_faults import SmtpFault, Verb

__all__ = [
    "BARE",
    "CAPABILITIES",
    "GMAIL",
    "USUAL_FOLDERS",
    "Accepted",
    "Account",
    "At",
    "Certificate",
    "Do",
    "Fault",
    "FolderPlan",
    "Heard",
    "MailPlan",
    "Rehearsal",
    "SmtpFault",
    "Verb",
]
