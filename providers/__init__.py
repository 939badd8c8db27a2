"""One door for each thing outside: IMAP, SMTP, secrets. Each third-party library is imported in exactly one module here."""
