"""The training room: exercises on a real network, each told step by step and checked by its state."""
