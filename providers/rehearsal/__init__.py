"""Servers for rehearsals: a small IMAP server and an SMTP receiver on loopback, for the demo and the tests alike.

`server.Rehearsal` runs both on a thread of its own; `accounts` says what is in them, `faults` what they do wrong;
`firm` is the made-up mail of the demo. Nothing outside the demo and the tests may use them: they hold passwords in
clear and mail in memory.
"""
