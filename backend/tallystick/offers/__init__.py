"""Agreements on their way to the chain: built from terms, signed by both, ready to submit."""
