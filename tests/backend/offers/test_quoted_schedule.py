"""What is quoted offline is what an offer of the same terms asks both parties to sign."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tallystick.loans.calendar import day_of
from tallystick.loans.kinds import Amortization, Frequency
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.result import decimal
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.schedule import schedule
from tallystick.offers.terms import Terms, build_agreement

CENT = 10_000
"""Base units of a cent of a token with six decimals."""

KINDS = {
    "equal_installments": Amortization.LEVEL,
    "equal_principal": Amortization.EQUAL_PRINCIPAL,
    "interest_only": Amortization.INTEREST_ONLY,
    "bullet": Amortization.BULLET,
}


@given(
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(list(Frequency)),
    st.integers(1, 3),
    st.integers(1, 40),
    st.integers(10_000, 10**14),
    st.integers(0, 5_000_000),
    st.dates(date(1970, 1, 1), date(2100, 12, 31)),
    st.integers(0, 60),
)
def test_a_quote_is_the_offers_schedule_row_by_row(
    plan: str,
    frequency: Frequency,
    every: int,
    count: int,
    cents: int,
    rate: int,
    start: date,
    odd_days: int,
) -> None:
    """Months of 30 days over 360 from a regular first period, weeks and days actual over 365."""
    months, bullet = frequency is Frequency.MONTHS, plan == "bullet"
    data: dict[str, Any] = {
        "principal": decimal(cents, 2),
        "annual_rate_pct": decimal(rate, 5),
        "number_of_repayments": count,
        "repay_every": every,
        "frequency": frequency.label,
        "disbursement_date": start.isoformat(),
        "amortization": plan,
    }
    if odd_days and not months:
        data["first_repayment_date"] = (start + timedelta(days=odd_days)).isoformat()
    quoted = compute_schedule(parse_schedule_input(data))
    terms = Terms(
        borrower="0x" + "11" * 20,
        lender="0x" + "22" * 20,
        token="0x" + "33" * 20,
        principal=cents * CENT,
        annual_rate_pct=Decimal(rate).scaleb(-5),
        amortization=KINDS[plan],
        frequency=frequency,
        every=every * count if bullet else every,
        count=1 if bullet else count,
        start_date=start,
        first_due_date=quoted.rows[0].due_date,
        due_day=start.day if months else None,
        installment=None,
        quantum=None,
        penalty_rate_pct=Decimal(0),
        grace_days=0,
        penalty_cap_days=0,
        valid_until=None,
    )
    now = day_of(start) * 86_400
    agreement = build_agreement(terms, b"\x07" * 32, decimals=6, now=now)
    if quoted.installment is not None:
        assert agreement.installment == quoted.installment * CENT
    assert [
        (row.n, row.due_date, row.principal, row.interest, row.balance)
        for row in schedule(agreement)
    ] == [
        (row.n, row.due_date, row.principal * CENT, row.interest * CENT, row.balance * CENT)
        for row in quoted.rows
    ]
