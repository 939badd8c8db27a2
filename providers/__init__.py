"""One door for each thing outside: IMAP, SMTP, secrets. Each vendor library is imported in exactly one module here."""
