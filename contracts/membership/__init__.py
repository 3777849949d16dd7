"""Who takes part: organisations, their members and keys. `lifecycle` is the table."""
