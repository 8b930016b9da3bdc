"""Figures as the texts in which a case keeps them: exact, and the same in every process."""

from __future__ import annotations

from decimal import Decimal

from tallystick.loans.offline.result import decimal

_PLACES = 9


def number(value: float | None) -> str | None:
    """A figure with at most nine decimals."""
    if value is None:
        return None
    if isinstance(value, int):
        return str(int(value))
    rounded = round(value, _PLACES)
    return f"{Decimal(repr(rounded)):f}" if rounded else "0"


def money(amount: int, decimals: int) -> str:
    """Base units as whole currency."""
    return decimal(amount, decimals)
