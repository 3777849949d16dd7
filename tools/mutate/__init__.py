"""Changes the rules in small ways and asks whether a test notices.

`python -m tools.mutate` collects the tests once, notes which functions each one
runs, and forks a process for every mutant: the fork puts the changed code into the
live functions, or the changed row into the live table, and runs the tests that
could notice, the quickest first. A mutant that every one of them accepts survives
and is printed; it shows a rule that no test holds, or a change that means nothing.

Why not a ready-made tool: the rules are half code and half tables, which those leave
alone; and they start Python and the test runner anew for every mutant, which takes
longer than most of these tests.
"""
