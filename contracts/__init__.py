"""The business rules: pure functions of state and act.

No clock, no randomness, no I/O: the same state and statement give the same
result on every node, for ever. Time means block time.
"""
