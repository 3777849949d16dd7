"""Mandates: an organisation lets another act in its name, within stated limits."""
