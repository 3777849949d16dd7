"""Customs clearance: declarations, queries, holds and releases. `lifecycle` is the table."""
