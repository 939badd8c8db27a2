"""Mail on its way out: what is next for each, and the senders that hand it to the servers."""
