"""Amounts in SQLite, whose integers end at 63 bits: decimal text of fixed width, so that text
order is numeric order."""

from __future__ import annotations

WIDTH = 39
"""Digits of 2^128 - 1; every amount of the ledger is at most that."""

_END = 2**128
_ZERO = "0" * WIDTH


def pack_amount(amount: int) -> str:
    """An amount (base units, 0 ≤ amount < 2^128) as text; raises OverflowError beyond."""
    if not amount:  # most columns of most loans
        return _ZERO
    if not 0 < amount < _END:
        raise OverflowError(f"{amount} is not an unsigned 128-bit amount")
    return str(amount).zfill(WIDTH)


def unpack_amount(text: str) -> int:
    """The amount in a text made by `pack_amount`."""
    return int(text)
