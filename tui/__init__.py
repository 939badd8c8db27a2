"""The screens and the command line: the only Textual, in a process of its own; must not open a mailbox or the store."""
