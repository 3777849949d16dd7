"""The history of the database schema, one revision a file in `versions`.

A change of `nodes.storage.models` comes with a revision here; a test compares
the two. Revisions that were released are never edited.
"""
