"""Loans while they run: the daily close, cases of those that fall behind, and what people did
about them. `docs/servicing.md`.
"""
