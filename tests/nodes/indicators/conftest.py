"""The suite of the indicators runs on every database, as that of the storage does."""

from __future__ import annotations

from tests.nodes.storage.conftest import chain, database_url, store

__all__ = ["chain", "database_url", "store"]
