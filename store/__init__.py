"""Records (model) and three siblings over them: mime (bytes, records), rules (decisions), vault (disk, database)."""
