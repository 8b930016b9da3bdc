"""Price of the collateral of an accelerated loan: `docs/ledger.md`, "Collateral"."""

from __future__ import annotations

from tallystick.loans.calendar import SECONDS_PER_DAY
from tallystick.loans.conditions import Conditions


def collateral_price(conditions: Conditions, called: int, timestamp: int) -> int:
    """Price of the agreed amount, base units of the loan's token, at `timestamp` (Unix seconds).

    `called` is the day of the acceleration, since 1970-01-01.
    """
    whole = conditions.auction_days * SECONDS_PER_DAY
    elapsed = max(0, timestamp - (called + 1) * SECONDS_PER_DAY)
    fall = conditions.collateral_price - conditions.collateral_floor
    return conditions.collateral_floor - (-fall * max(0, whole - elapsed) // whole)


def collateral_sale(conditions: Conditions, price: int, amount: int, due: int) -> tuple[int, int]:
    """What a buyer of `amount` gets and pays when `price` is that of the agreed amount and `due` is
    owed."""
    cost = -(-price * amount // conditions.collateral)
    if cost <= due:
        return amount, cost
    return due * conditions.collateral // price, due
