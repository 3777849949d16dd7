"""Changes the rules in small ways and asks whether a test notices.

`python -m tools.mutate` collects the tests once, notes which lines each one runs,
and forks a process for every mutant: the fork puts the changed code into the live
functions, or the changed row into the live table, and runs the tests that run the
changed statement, until one fails: first those that noticed the last mutants of the
file, then the quickest. A mutant that every one of them accepts survives and is
printed; it shows a rule that no test holds, or a change that means nothing.

What was observed and what became of each mutant stays in `build/mutate`, so that a
run can be ended at any time and gone on with.

Why not a ready-made tool: the rules are half code and half tables, which those leave
alone; and they start Python and the test runner anew for every mutant, which takes
longer than most of these tests.
"""
