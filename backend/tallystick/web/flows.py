"""Geometry of a cash flow: what came in and is to come, and behind it what was agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.api.schemas.claims import ClaimMonth

WIDTH, HEIGHT = 1000, 160
MOST_MONTHS = 60
"""Of a picture; the table has all."""
_HEAD = 6
_WIDEST = 30.0


@dataclass(frozen=True, slots=True)
class FlowBar:
    """A rectangle; `kind` is its style class."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class FlowPicture:
    """Bars of the months from `first` to `last` (ISO); this month begins at the place `now`."""

    first: str
    last: str
    bars: list[FlowBar]
    now: float | None


def picture_of(months: Sequence[ClaimMonth], this_month: str) -> FlowPicture | None:
    """The months around this one; None where there is nothing."""
    shown = _around(months, this_month)
    if not shown:
        return None
    tallest = max(max(_amounts(month)[0], sum(_amounts(month)[1:])) for month in shown) or 1
    step = WIDTH / len(shown)
    width = min(_WIDEST, 0.72 * step)
    bars: list[FlowBar] = []
    now = None
    for place, month in enumerate(shown):
        x = place * step + (step - width) / 2
        agreed, *stacked = _amounts(month)
        bars.append(_bar("agreed", x - 0.08 * width, agreed, 0, tallest, 1.16 * width))
        below = 0
        for kind, amount in zip(("principal", "interest", "coming"), stacked, strict=True):
            if amount:
                bars.append(_bar(kind, x, amount, below, tallest, width))
            below += amount
        if month.month == this_month:
            now = round(place * step, 2)
    return FlowPicture(shown[0].month, shown[-1].month, bars, now)


def _around(months: Sequence[ClaimMonth], this_month: str) -> Sequence[ClaimMonth]:
    past = sum(month.month < this_month for month in months)
    first = max(0, min(past - MOST_MONTHS // 2, len(months) - MOST_MONTHS))
    return months[first : first + MOST_MONTHS]


def _amounts(month: ClaimMonth) -> tuple[int, int, int, int]:
    """Agreed; received principal, received beside it; to come."""
    paid, principal = int(month.received.total), int(month.received.principal)
    return int(month.agreed.total), principal, paid - principal, int(month.coming.total)


def _bar(kind: str, x: float, amount: int, below: int, tallest: int, width: float) -> FlowBar:
    reach = HEIGHT - _HEAD
    height = amount / tallest * reach
    y = HEIGHT - below / tallest * reach - height
    return FlowBar(kind, round(x, 2), round(y, 2), round(width, 2), round(height, 2))
