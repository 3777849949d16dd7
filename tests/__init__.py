"""The tests, mirroring the tree. A package, so that `tests.` can only mean this one."""
