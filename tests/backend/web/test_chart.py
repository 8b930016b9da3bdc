from __future__ import annotations

from datetime import date

import pytest

from tallystick.api.schemas.loans import RowAmounts, ScheduleRow
from tallystick.web.chart import HEIGHT, WIDTH, draw


def row(n: int, due: str, interest: int, principal: int, status: str = "upcoming") -> ScheduleRow:
    amounts = RowAmounts(
        interest=str(interest), principal=str(principal), total=str(interest + principal)
    )
    none = RowAmounts(interest="0", principal="0", total="0")
    return ScheduleRow.model_validate(
        {
            "n": n,
            "due_date": due,
            "agreed": amounts,
            "agreed_balance": "0",
            "actual": amounts,
            "paid": none,
            "prepaid": "0",
            "paid_on": None,
            "status": status,
            "days_late": 0,
        }
    )


def test_bars_stay_inside_and_keep_proportion() -> None:
    rows = [row(1, "2026-02-01", 10, 90), row(2, "2026-03-01", 0, 50)]
    chart = draw(date(2026, 1, 1), rows, [], date(2026, 1, 15))
    assert [bar.kind for bar in chart.bars] == [
        "principal upcoming",
        "interest upcoming",
        "principal upcoming",
    ]
    for bar in chart.bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDTH
        assert bar.y >= 0
        assert bar.y + bar.height <= HEIGHT / 2
    assert chart.bars[0].height / chart.bars[2].height == pytest.approx(9 / 5, abs=0.01)
    assert chart.today is not None
    assert chart.bars[0].x < chart.bars[2].x


@pytest.mark.parametrize("count", [1, 600])
def test_shortest_and_longest_loans_can_be_drawn(count: int) -> None:
    rows = [row(n + 1, date(2026 + n // 12, n % 12 + 1, 1).isoformat(), 1, 1) for n in range(count)]
    chart = draw(date(2025, 12, 1), rows, [], date(2100, 1, 1))
    assert len(chart.bars) == 2 * count
    assert chart.today is None


def test_an_overdue_row_stretches_the_line_until_today() -> None:
    today = date(2026, 6, 1)
    for status, last in (("overdue", today), ("paid", date(2026, 2, 1))):
        chart = draw(date(2026, 1, 1), [row(1, "2026-02-01", 1, 1, status)], [], today)
        assert (chart.last, chart.today is not None) == (last, status == "overdue")


def test_rows_that_owe_nothing_leave_no_bar() -> None:
    rows = [row(1, "2026-02-01", 0, 0), row(2, "2026-03-01", 0, 7, "not_needed")]
    assert draw(date(2026, 1, 1), rows, [], date(2026, 1, 1)).bars == []
