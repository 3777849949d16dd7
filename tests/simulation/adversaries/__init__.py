"""Traitors, one a file: each runs a production node and spoils what goes into it or comes out of it.

They know their own validator's key and no other.
"""
