"""The node: engine, network, storage, API and pages. Everything here may touch the world."""
