"""The ledger: statements, log, blocks, seals and evidence.

Everything here is a pure function of its arguments: no I/O, no clock, no
randomness, no environment. Time means block time, given by the caller.
"""
