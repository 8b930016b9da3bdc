from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tallystick.loans.delinquency.days import Pause, days_past_due, delinquent_days, merged

DAY = st.integers(0, 200)
PAUSES = st.lists(st.builds(Pause, DAY, DAY), max_size=5)


@given(DAY, DAY, st.integers(0, 40), PAUSES)
def test_every_day_counts_once_unless_paused_or_in_grace(
    due: int, day: int, grace: int, pauses: list[Pause]
) -> None:
    late = [
        d
        for d in range(due + 1, day + 1)
        if not any(pause.first_day <= d <= pause.last_day for pause in pauses)
    ]
    assert delinquent_days(due, day, grace, pauses) == len(late[grace:])
    assert delinquent_days(due, day) == days_past_due(due, day) == max(0, day - due)


@given(PAUSES)
def test_merged_pauses_are_the_same_days_apart_and_in_order(pauses: list[Pause]) -> None:
    def days(of: list[Pause]) -> set[int]:
        return {d for pause in of for d in range(pause.first_day, pause.last_day + 1)}

    result = list(merged(pauses))
    assert days(result) == days(pauses)
    assert all(a.last_day + 1 < b.first_day for a, b in pairwise(result))
