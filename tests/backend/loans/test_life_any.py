"""Any sequence of events either is refused with a pointer or keeps every unit of money."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tallystick.loans.errors import InputInvalid
from tallystick.loans.life.parse import parse_life_input
from tallystick.loans.life.play import play
from tallystick.loans.life.terms import Component, EventType

AMOUNT = st.integers(1, 150_000).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")
START = date(2026, 1, 31)


@st.composite
def lives(draw: st.DrawFn) -> dict[str, Any]:
    """A loan of 1,200.00 and up to eight events of any kind in time order."""
    day, events = START, []
    for _ in range(draw(st.integers(0, 8))):
        day += timedelta(days=draw(st.sampled_from([0, 1, 5, 14, 28, 31, 45, 120])))
        kind = draw(st.sampled_from(list(EventType)))
        event: dict[str, Any] = {"date": day.isoformat(), "type": kind.value}
        if kind in (
            EventType.PAYMENT, EventType.DISBURSEMENT, EventType.FEE, EventType.RECOVERY,
            EventType.REFUND,
        ):  # fmt: skip
            event["amount"] = draw(AMOUNT)
        elif kind is EventType.RATE_CHANGE:
            event["annual_rate_pct"] = draw(st.sampled_from(["0", "5", "99.9"]))
            event["keep_installment"] = draw(st.booleans())
        elif kind in (EventType.EXTRA_TERMS, EventType.HOLIDAY):
            event["count"] = draw(st.integers(1, 4))
        elif kind is EventType.WAIVER:
            event["component"] = draw(st.sampled_from(list(Component))).value
            if draw(st.booleans()):
                event["amount"] = draw(AMOUNT)
        if kind in (EventType.RESCHEDULE, EventType.RE_AGE):
            event["due_date"] = (day + timedelta(days=draw(st.integers(1, 60)))).isoformat()
        if kind is EventType.RE_AGE:
            event["count"] = draw(st.integers(1, 12))
            event["frequency"] = draw(st.sampled_from(["days", "weeks", "months"]))
        if kind is EventType.HOLIDAY:
            event["extend"] = draw(st.booleans())
        events.append(event)
    return {
        "principal": "1200",
        "annual_rate_pct": draw(st.sampled_from(["0", "12", "60"])),
        "number_of_repayments": draw(st.integers(1, 14)),
        "frequency": draw(st.sampled_from(["days", "weeks", "months"])),
        "disbursement_date": START.isoformat(),
        "interest_method": draw(st.sampled_from(["declining", "declining", "declining", "flat"])),
        "amortization": draw(
            st.sampled_from(["equal_installments", "equal_principal", "interest_only", "bullet"])
        ),
        "interest_calculation_period": draw(st.sampled_from(["daily", "same_as_repayment"])),
        "days_in_month": draw(st.sampled_from(["30", "actual"])),
        "days_in_year": draw(st.sampled_from(["360", "365", "actual"])),
        "down_payment_pct": draw(st.sampled_from(["0", "0", "25", "100"])),
        "charges": draw(
            st.sampled_from([[], [{"when": "installment", "percent": "1", "of": "interest"}]])
        ),
        "penalty": {"annual_rate_pct": "18", "grace_days": 2, "cap_days": 60},
        "rules": {
            "across": draw(st.sampled_from(["installment", "component"])),
            "prepay_interest": draw(st.sampled_from(["to_date", "to_period_end", "at_due"])),
        },
        "events": events,
    }


def shortened(data: dict[str, Any]) -> dict[str, Any]:
    """The life up to, and without, the first event that is refused."""
    while True:
        try:
            play(parse_life_input(data))
        except InputInvalid as error:
            index = int(error.pointer.split("/")[2])
            data = {**data, "events": data["events"][:index]}
        else:
            return data


@given(lives())
def test_every_unit_of_principal_is_accounted_for(data: dict[str, Any]) -> None:
    data = shortened(data)
    result = play(parse_life_input(data))
    events = zip(result.transactions, data["events"], strict=True)
    lent = 120_000
    gone = 0
    for item, _ in events:
        if item.type is EventType.DISBURSEMENT:
            lent += item.amount or 0
        gone += item.applied.principal
        assert item.outstanding == lent - gone
        assert min(item.applied.total, item.applied.prepaid, item.applied.overpaid) >= 0
    assert result.outstanding == lent - gone
    prepaid = sum(item.applied.prepaid for item in result.transactions)
    assert sum(row.principal for row in result.rows) + prepaid == lent
    for row in result.rows:
        assert min(row.principal, row.interest, row.fee, row.paid, row.unpaid) >= 0
    assert result.payoff >= result.due.total
    assert (result.status == "closed") == (result.payoff == 0 and result.written_off is None)


@given(lives())
def test_the_payoff_closes_any_life(data: dict[str, Any]) -> None:
    data = shortened(data)
    result = play(parse_life_input(data))
    if result.payoff == 0:
        return
    payoff = f"{result.payoff // 100}.{result.payoff % 100:02d}"
    payment = {"date": result.as_of.isoformat(), "type": "payment", "amount": payoff}
    closed = play(parse_life_input({**data, "events": [*data["events"], payment]}))
    assert (closed.status, closed.outstanding, closed.overpaid) == ("closed", 0, result.overpaid)
    assert all(row.unpaid == 0 for row in closed.rows)
