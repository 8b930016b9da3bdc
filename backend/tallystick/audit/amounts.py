"""Amounts for people to read."""

from __future__ import annotations


def readable(amount: int | None, decimals: int | None) -> str:
    """Base units as a decimal with thousands separated; "?" for None."""
    if amount is None:
        return "?"
    if not decimals:
        return f"{amount:,}"
    whole, part = divmod(amount, 10**decimals)
    digits = f"{part:0{decimals}d}".rstrip("0").ljust(min(2, decimals), "0")
    return f"{whole:,}.{digits}"
