"""Indicators: how long clearance takes, what is refused and held, what is carried, and how blocks are sealed.

Each is defined in `docs/indicators.md`. They are computed from this node's own
database: milestones of records (`contracts.milestones`) and blocks with their seals.
"""
