"""What each IMAP command does, one module per kind; `table` has them all."""
