"""Commands: they parse what a person types, talk HTTP to a node, and print the answer."""
