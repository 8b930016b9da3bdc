"""Geometry of the picture of a loan: rows above a time line, payments below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from tallystick.api.schemas.loans import Payment, ScheduleRow

WIDTH, HEIGHT = 1000, 200
_MIDDLE = HEIGHT / 2
_REACH = _MIDDLE - 6
"""Longest bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `kind` is its style class."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(slots=True)
class Chart:
    """Rectangles in a `WIDTH` by `HEIGHT` plane; `today` is a place on the x axis, if inside."""

    first: date
    last: date
    today: float | None
    middle: float = _MIDDLE
    bars: list[Bar] = field(default_factory=list)


def draw(
    start: date, rows: Sequence[ScheduleRow], payments: Sequence[Payment], today: date
) -> Chart:
    """Heights are proportional to amounts; a payment longer than the plane is cut at its edge."""
    paid_days = [date.fromisoformat(payment.paid_at[:10]) for payment in payments]
    start = min([start, *paid_days])  # of an amended loan, payments under earlier terms
    last = max([date.fromisoformat(rows[-1].due_date), *paid_days])
    if any(row.status == "overdue" for row in rows):
        last = max(last, today)  # shows how long it has been waiting
    span = max(1, (last - start).days)
    width = max(2.0, min(22.0, 0.55 * WIDTH / len(rows)))

    def place(when: date) -> float:
        return (when - start).days / span * (WIDTH - width)

    # one row is the measure; a large prepayment must not make all rows invisible
    tallest = max(_total(row.agreed.total) for row in rows) or 1
    measure = max([tallest, *(min(_total(p.split.total), 3 * tallest) for p in payments)])
    inside = start <= today <= last
    chart = Chart(start, last, place(today) + width / 2 if inside else None)
    for row in rows:
        if row.status == "not_needed":
            continue
        x = place(date.fromisoformat(row.due_date))
        parts = [
            (f"principal {row.status}", row.actual.principal),
            (f"interest {row.status}", row.actual.interest),
        ]
        chart.bars += _stack(parts, x, width, measure, up=True)
    for payment, day in zip(payments, paid_days, strict=True):
        split = payment.split
        parts = [
            ("principal", split.principal),
            ("interest", split.interest),
            ("fee", split.fee),
            ("penalty", split.penalty),
        ]
        chart.bars += _stack(parts, place(day), width, measure, up=False)
    return chart


def _stack(
    parts: list[tuple[str, str]], x: float, width: float, measure: int, *, up: bool
) -> list[Bar]:
    bars: list[Bar] = []
    used = 1.0
    for kind, text in parts:
        height = min(_total(text) / measure * _REACH, _REACH - used)
        if height <= 0:
            continue
        y = _MIDDLE - used - height if up else _MIDDLE + used
        bars.append(Bar(kind, round(x, 2), round(y, 2), round(width, 2), round(height, 2)))
        used += height
    return bars


def _total(text: str) -> int:
    return int(text)
