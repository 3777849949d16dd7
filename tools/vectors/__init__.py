"""What `tools.make_vectors` writes: `ground` is the chain, `good` and `bad` are the cases."""
