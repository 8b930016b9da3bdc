"""Days past due, raw and after grace and pauses. Days are counted since 1970-01-01."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Pause(NamedTuple):
    """A time, both days included, in which lateness is not counted (a holiday, a moratorium)."""

    first_day: int
    last_day: int


def days_past_due(due_day: int, day: int) -> int:
    """Days after the due day of the oldest unpaid row; 0 on it and before."""
    return max(0, day - due_day)


def delinquent_days(
    due_day: int, day: int, grace_days: int = 0, pauses: Iterable[Pause] = ()
) -> int:
    """Days past due without paused days, after the first `grace_days` of them."""
    return max(0, day - counted_from(due_day, day, grace_days, pauses))


def counted_from(due_day: int, day: int, grace_days: int = 0, pauses: Iterable[Pause] = ()) -> int:
    """The due day moved by grace and by the paused days up to `day`.

    Feeding it instead of the due day makes any figure here one after grace and pauses.
    """
    return due_day + grace_days + _paused(due_day, day, pauses)


def _paused(due_day: int, day: int, pauses: Iterable[Pause]) -> int:
    total, counted = 0, due_day
    for pause in merged(pauses):
        begin, end = max(pause.first_day - 1, counted), min(pause.last_day, day)
        if end > begin:
            total += end - begin
            counted = end
    return total


def merged(pauses: Iterable[Pause]) -> Sequence[Pause]:
    """The same days as pauses that are in order and do not overlap."""
    result: list[Pause] = []
    for pause in sorted(pauses):
        if pause.last_day < pause.first_day:
            continue
        if result and pause.first_day <= result[-1].last_day + 1:
            last = max(result[-1].last_day, pause.last_day)
            result[-1] = Pause(result[-1].first_day, last)
        else:
            result.append(pause)
    return result
