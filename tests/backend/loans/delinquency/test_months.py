from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.lives import life
from tests.backend.loans.strategies import agreements, make_agreement, payment_steps

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_of
from tallystick.loans.debt import NOTHING
from tallystick.loans.delinquency.cashflow import monthly_cashflow
from tallystick.loans.delinquency.days import days_past_due
from tallystick.loans.delinquency.exposure import history
from tallystick.loans.delinquency.months import month_end, month_label, month_of
from tallystick.loans.delinquency.portfolio import Tally
from tallystick.loans.delinquency.roll import CLOSED, roll
from tallystick.loans.delinquency.vintage import vintages
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.kinds import Status

LOANS = st.lists(st.tuples(agreements(max_count=6), payment_steps()), min_size=1, max_size=4)


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))


def folded(loans: list[tuple[Agreement, list[tuple[int, int]]]]) -> list[LoanState]:
    return [fold(life(agreement, steps)) for agreement, steps in loans]


def test_months_end_on_their_last_day() -> None:
    for text in ("2026-01-31", "2024-02-29", "2026-02-28", "2026-12-31"):
        assert month_end(month_of(day(text))) == day(text)
        assert month_of(day(text) + 1) == month_of(day(text)) + 1
    assert month_label(month_of(day("2026-12-31"))) == "2026-12"


@given(LOANS)
def test_cashflow_holds_every_row_and_every_payment(
    loans: list[tuple[Agreement, list[tuple[int, int]]]],
) -> None:
    states = folded(loans)
    flows = monthly_cashflow(states)
    expected = sum((flow.expected for flow in flows), NOTHING)
    received = sum((flow.received for flow in flows), NOTHING)
    assert expected.principal == sum(state.agreement.principal for state in states)
    assert received == sum((state.paid for state in states), NOTHING)
    assert [flow.month for flow in flows] == sorted({flow.month for flow in flows})
    if all(state.debt.status is Status.CLOSED for state in states):
        assert received.principal == expected.principal


def late_by_months() -> list[LoanState]:
    """Two loans of January 2026: one is never paid, one pays its first row 40 days late."""
    never = fold(life(make_agreement(), []))
    wait = day("2026-02-28") - day("2026-01-31") + 40
    return [never, fold(life(make_agreement(), [(wait, 0)]))]


def test_vintage_of_known_loans() -> None:
    histories = [history(state) for state in late_by_months()]
    (table,) = vintages(histories, day("2026-05-31"), above=30)
    principal = make_agreement().principal
    assert (month_label(table.month), table.lent) == ("2026-01", Tally(2, 2 * principal))
    # the ends of January to May 2026, the first due date being 28 February
    assert [part.loans for part in table.overdue] == [0, 0, 2, 1, 2]
    assert table.overdue[2].outstanding == 2 * principal
    # the month of May counts only once it has passed
    (earlier,) = vintages(histories, day("2026-05-30"), above=30)
    assert earlier.overdue == table.overdue[:4]


def test_roll_of_known_loans() -> None:
    histories = [history(state) for state in late_by_months()]
    moves = roll(histories, day("2026-03-31"), day("2026-04-30"))
    assert moves.moved["31-60"]["61-90"].loans == 1
    assert moves.moved["31-60"]["current"].loans == 1
    assert moves.rate_ppm("31-60", "61-90") == 500_000
    assert moves.rate_ppm("current", "1-30") == 0


@given(LOANS, st.integers(0, 900), st.integers(0, 300))
def test_rolls_start_from_what_was_outstanding(
    loans: list[tuple[Agreement, list[tuple[int, int]]]], wait: int, span: int
) -> None:
    histories = [history(state) for state in folded(loans)]
    first = histories[0].originated + wait
    moves = roll(histories, first, first + span)
    found = [exposure for exposure in (past.at(first) for past in histories) if exposure]
    cells = [part for line in moves.moved.values() for part in line.values()]
    assert sum(part.loans for part in cells) == len(found)
    assert sum(part.outstanding for part in cells) == sum(e.outstanding for e in found)
    closed = sum(line[CLOSED].loans for line in moves.moved.values())
    alive = sum(past.at(first) is not None and past.at(first + span) is None for past in histories)
    assert closed == alive


@given(LOANS, st.integers(0, 900), st.integers(0, 120))
def test_vintages_count_the_loans_overdue_at_each_month_end(
    loans: list[tuple[Agreement, list[tuple[int, int]]]], wait: int, above: int
) -> None:
    histories = [history(state) for state in folded(loans)]
    as_of = min(past.originated for past in histories) + wait
    for table in vintages(histories, as_of, above):
        cohort = [past for past in histories if month_of(past.originated) == table.month]
        for index, part in enumerate(table.overdue):
            end = month_end(table.month + index)
            assert end <= as_of
            late = [
                exposure.outstanding
                for exposure in (past.at(end) for past in cohort)
                if exposure and days_past_due(exposure.due_day, end) > above
            ]
            assert part == Tally(len(late), sum(late))
            assert part.loans <= table.lent.loans
