"""Plans for loans in trouble: exact, affordable, no worse for the lender, least conceded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.backend.chain.samples import AGREEMENT

from tallystick.amendments.terms import amended_on, build_amendment, rows_after
from tallystick.loans.calendar import SECONDS_PER_DAY, day_of
from tallystick.loans.events import EventRef
from tallystick.loans.fold import LoanState
from tallystick.loans.ledger import open_state
from tallystick.loans.members import NO_HASH
from tallystick.repair.basis import Basis
from tallystick.repair.budget import read_purse
from tallystick.repair.errors import BudgetInvalid
from tallystick.repair.plan import Proposal, Value, asks
from tallystick.repair.recommend import Recommendation, Recommender
from tallystick.repair.rules import Cause, Measure, Severity, exceeded, load_rules

RULES, _ = load_rules()
UNIT = 10**6


def loan() -> LoanState:
    """1,200 dollars at 12 % over 12 months from 2026-01-01, nothing paid."""
    ref = EventRef(1, AGREEMENT.token, 1, bytes(32), 1_767_225_600, bytes(32), 0)
    return LoanState(
        bytes(32), AGREEMENT, AGREEMENT, bytes(32), open_state(AGREEMENT), AGREEMENT.lender, ref
    )


def found(
    severity: Severity, free: str, day: date = date(2026, 3, 20), lump_sum: str = "0"
) -> tuple[Basis, Recommender, Recommendation]:
    basis = Basis.of(loan(), day_of(day) * SECONDS_PER_DAY + 3_600, RULES.valid_days)
    month = {"month": "2026-01", "income": free, "expense": "0"}
    budget: dict[str, Any] = {"repeats": True, "months": [month]}
    purse = read_purse(basis, budget, lump_sum, 6, RULES.share_pct)
    recommender = Recommender(basis, RULES, RULES.grades[severity], purse, Cause.ILLNESS)
    return basis, recommender, recommender.recommend()


@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("free", ["130.00", "240.00", "400.00", "3000.00"])
def test_every_plan_is_exact_affordable_and_no_worse(severity: Severity, free: str) -> None:
    basis, _, answer = found(severity, free)
    grade = RULES.grades[severity]
    assert len(answer.plans) <= RULES.proposals
    limit = int(Decimal(free) * UNIT) // 2
    values = [one.effect.npv for one in answer.plans]
    assert values == sorted(values, reverse=True)
    for one in answer.plans:
        effect, terms = one.effect, one.proposal.terms
        assert one.short == 0
        assert effect.npv >= effect.npv_without
        assert exceeded(asks(basis, one.proposal), grade.limits) == []
        assert Proposal.from_json(one.proposal.to_json()) == one.proposal
        if one.proposal.amount is None:
            assert effect.monthly <= limit
        if terms is None:
            continue
        assert terms.watch_rows == grade.watch_rows
        agreement, amendment = build_amendment(
            basis.loan, terms, NO_HASH, one.proposal.until, basis.now
        )
        state, forgiven = amended_on(basis.loan, agreement, amendment, basis.day)
        rows = [(row.due, row.unpaid) for row in rows_after(agreement, state)]
        assert (tuple(rows), forgiven) == (effect.flows, effect.forgiven)
        assert sum(row.principal for row in rows_after(agreement, state)) == effect.balance
        last, _ = amended_on(
            basis.loan, agreement, amendment, one.proposal.until // SECONDS_PER_DAY
        )
        assert last.debt.balance == agreement.principal


def test_the_concession_is_the_smallest_that_fits() -> None:
    basis, recommender, answer = found(Severity.MEDIUM, "160.00")
    longer = next(one for one in answer.plans if one.proposal.measure is Measure.EXTEND)
    terms = longer.proposal.terms
    assert terms is not None
    shorter = replace(longer.proposal, terms=replace(terms, count=terms.count - 1))
    assert recommender.judge(shorter).short > 0
    assert basis.first_due() == terms.first_due


def test_when_none_helps_the_nearest_is_told() -> None:
    _, _, answer = found(Severity.LIGHT, "10.00")
    assert answer.plans == ()
    assert answer.nearest is not None
    assert answer.nearest.short > 0


def test_a_settlement_takes_what_the_borrower_can_pay() -> None:
    basis, _, answer = found(Severity.SEVERE, "20.00", lump_sum="900.00")
    settled = next(one for one in answer.plans if one.proposal.measure is Measure.SETTLEMENT)
    assert settled.proposal.amount == 900 * UNIT
    forgiven = settled.effect.forgiven
    owed = basis.today.payoff - basis.today.fee
    assert settled.effect.total + forgiven.total == owed
    _, _, poor = found(Severity.SEVERE, "20.00", lump_sum="100.00")
    assert all(one.proposal.amount is None for one in poor.plans)


def test_the_value_of_later_money() -> None:
    value = Value(0, Decimal(10))
    assert value.present([(365, 1_100_000)]) == 1_000_000
    assert value.expected([(365, 1_100_000)], Decimal(100), (0, Decimal(0), 0)) == 1_000_000
    assert value.expected([], Decimal(0), (2_200_000, Decimal(50), 12)) == 1_000_000


def test_a_budget_that_cannot_be_read_is_named() -> None:
    basis = Basis.of(loan(), day_of(date(2026, 3, 20)) * SECONDS_PER_DAY, 7)
    good = {"month": "2026-01", "income": "1.00", "expense": "0"}
    for pointer, months, lump_sum in (
        ("/budget/months/0/income", [good | {"income": "much"}], "0"),
        ("/budget/months", [good], "0"),
        ("/lump_sum", [good], "0.0000001"),
    ):
        repeats = pointer == "/lump_sum"
        with pytest.raises(BudgetInvalid) as error:
            read_purse(basis, {"months": months, "repeats": repeats}, lump_sum, 6, Decimal(50))
        assert error.value.pointer == pointer
