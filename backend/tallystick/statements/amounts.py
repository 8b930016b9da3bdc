"""Amounts as decimal text, exactly."""

from __future__ import annotations

from tallystick.loans.offline.result import decimal
from tallystick.loans.statements.sheet import Currency


def plain(units: int, currency: Currency) -> str:
    """All decimals, no separators: for programs."""
    return decimal(units, currency.decimals)


def grouped(units: int, currency: Currency) -> str:
    """Thousands separated, decimals beyond the second only as far as they are used: for people."""
    sign = "-" if units < 0 else ""
    whole, _, rest = decimal(abs(units), currency.decimals).partition(".")
    least = min(2, currency.decimals)
    kept = rest.rstrip("0").ljust(least, "0")
    return f"{sign}{int(whole):,}" + (f".{kept}" if kept else "")
