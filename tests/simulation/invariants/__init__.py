"""What must hold, whatever happens: one file each, sharing nothing with the code that they watch.

An invariant is told what the honest nodes send, sync, commit and acknowledge, and
raises `Violation`. It counts quorums, decodes bytes and compares states by itself.
"""

from __future__ import annotations
