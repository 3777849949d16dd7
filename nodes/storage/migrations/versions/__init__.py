"""Schema revisions, each naming the one before it."""
