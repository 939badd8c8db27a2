"""Records (model) and the three siblings over them: mime (bytes and records), rules (decisions), vault (disk and database)."""
