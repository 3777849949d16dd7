"""Trade documents: reading and checking what bills and declarations say.

Contents never go on the ledger, so nothing here touches state. The rules run
before a bill is issued or accepted, in the CLI and in the nodes of the parties,
and every finding is a value with a stable code, a field and a sentence.
"""
