"""Streams between nodes."""
