"""Recomputes a book from its raw events and compares it with everything else that tells of it."""
