"""Lines over months as inline SVG, beside which the report has the same figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 8, 10, 26


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a name for the legend, a style class, and a value for each month."""

    name: str
    kind: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis, with its place in the picture."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Paths and ticks in a plane of `WIDTH` by `HEIGHT`."""

    paths: list[tuple[str, str, str]]
    rows: list[Tick]
    columns: list[Tick]


def draw(lines: Sequence[Line], labels: Sequence[str], unit: str = "") -> Chart:
    """Lines over `labels`; the value axis begins at 0."""
    most = max((value for line in lines for value in line.values), default=0) or 1
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(labels) - 1)
    reach = HEIGHT - _TOP - _BOTTOM

    def point(index: int, value: float) -> str:
        return f"{_LEFT + index * step:.1f},{HEIGHT - _BOTTOM - value / most * reach:.1f}"

    paths = [
        (line.name, line.kind, "M" + " L".join(point(i, v) for i, v in enumerate(line.values)))
        for line in lines
    ]
    rows = [
        Tick(HEIGHT - _BOTTOM - share * reach, f"{most * share:,.3g}{unit}")
        for share in (0, 0.5, 1)
    ]
    every = max(1, -(-len(labels) // 8))
    columns = [
        Tick(_LEFT + index * step, label)
        for index, label in enumerate(labels)
        if index % every == 0
    ]
    return Chart(paths, rows, columns)
