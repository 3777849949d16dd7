"""The embedded engine: accountable Tendermint. See docs/spec/consensus.md; `engine` is the way in."""
