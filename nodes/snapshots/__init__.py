"""Snapshots: the state after one block, in portions that prove themselves, for nodes that join (N1 to N6)."""
