"""Files of contacts, read in the caller's process ([C7]): CSV, vCard and LDIF to lines that the office judges."""
