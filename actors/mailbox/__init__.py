"""The actors of mailboxes: one for each synced account, one for each imported one. They never touch disk."""
