"""Looking for damage in what a node keeps: its database, its files, its keys."""
