"""Geometry of bars over time, such as what each month asks for; several pictures on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 600, 120
_WIDEST = 26.0


@dataclass(frozen=True, slots=True)
class TimeBar:
    """A bar that stands on the bottom of the plane."""

    x: float
    y: float
    width: float
    height: float


def bars(rows: Sequence[tuple[str, str]], tallest: float, first: date, last: date) -> list[TimeBar]:
    """`rows` are ISO date and amount; `tallest` fills the height, `first` to `last` the width."""
    span = max(1, (last - first).days)
    width = max(2.0, min(_WIDEST, 0.7 * WIDTH / max(1, len(rows))))
    found = []
    for day, amount in rows:
        height = round(float(amount) / tallest * (HEIGHT - 4), 2) if tallest else 0.0
        x = (date.fromisoformat(day) - first).days / span * (WIDTH - width)
        found.append(TimeBar(round(x, 2), round(HEIGHT - height, 2), round(width, 2), height))
    return found


def on_one_scale(all_rows: Sequence[Sequence[tuple[str, str]]]) -> list[list[TimeBar]]:
    """A picture for each list, drawn so that equal amounts and days stand alike in all."""
    days = [date.fromisoformat(day) for rows in all_rows for day, _ in rows]
    if not days:
        return [[] for _ in all_rows]
    tallest = max(float(amount) for rows in all_rows for _, amount in rows)
    return [bars(rows, tallest, min(days), max(days)) for rows in all_rows]
