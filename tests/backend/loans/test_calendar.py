from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.strategies import agreements, make_agreement

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import (
    begin_day,
    date_from_ymd,
    date_of,
    day_at,
    day_of,
    days_30e_360,
    due_day,
    month_day,
    month_length,
    ymd_of,
)
from tallystick.loans.kinds import Frequency


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2260, 12, 31)))
def test_day_and_ymd_round_trip(when: date) -> None:
    assert date_of(day_of(when)) == when
    assert date_from_ymd(ymd_of(when)) == when
    assert day_of(when + timedelta(days=1)) == day_of(when) + 1


def test_epoch_and_timestamps() -> None:
    assert day_of(date(1970, 1, 1)) == 0
    assert day_at(86_399) == 0
    assert day_at(86_400) == 1


@pytest.mark.parametrize("ymd", [20260230, 20261301, 20260001, 20260100, 0, 20250229])
def test_impossible_dates_are_refused(ymd: int) -> None:
    with pytest.raises(ValueError, match=r"out of range|must be in"):
        date_from_ymd(ymd)


def test_month_lengths_agree_with_the_standard_library_to_2260() -> None:
    for year in range(1970, 2261):
        for month in range(1, 13):
            assert month_length(year, month) == calendar.monthrange(year, month)[1]


def test_month_end_is_clamped_and_comes_back_to_2199() -> None:
    for year in range(1970, 2200):
        assert month_day(year, 1, 1, 31) == date(year, 2, calendar.monthrange(year, 2)[1])
        assert month_day(year, 1, 2, 31) == date(year, 3, 31)
        assert month_day(year, 12, 1, 30) == date(year + 1, 1, 30)


def test_due_dates_from_31_january() -> None:
    dates = [date_of(due_day(make_agreement(), row)).isoformat() for row in range(4)]
    assert dates == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]


@given(agreements(max_count=40))
def test_due_days_rise_and_begins_join(agreement: Agreement) -> None:
    assert begin_day(agreement, 0) < due_day(agreement, 0)
    for row in range(1, agreement.count):
        assert begin_day(agreement, row) == due_day(agreement, row - 1) < due_day(agreement, row)
        if agreement.frequency is Frequency.MONTHS:
            due = date_of(due_day(agreement, row))
            assert due.day == min(agreement.due_day, month_length(due.year, due.month))


@pytest.mark.parametrize(
    ("begin", "end", "days"),
    # ISDA 2006 definitions section 4.16(g), worked over month ends
    [
        (date(2026, 1, 31), date(2026, 3, 31), 60),
        (date(2026, 1, 15), date(2026, 2, 15), 30),
        (date(2026, 2, 28), date(2026, 3, 31), 32),
        (date(2026, 1, 30), date(2026, 1, 31), 0),
        (date(2025, 12, 31), date(2026, 12, 31), 360),
    ],
)
def test_30e_360(begin: date, end: date, days: int) -> None:
    assert days_30e_360(begin, end) == days
