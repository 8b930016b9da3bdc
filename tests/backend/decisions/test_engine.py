"""What holds of every decision, whoever applies."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backend.decisions.documents import bench, case, catalogue, policy

from tallystick.decisions.catalogue import Band, Cap
from tallystick.decisions.decide import decide
from tallystick.decisions.document import hundredths
from tallystick.decisions.engine import PPM, Outcome, Scored, judge
from tallystick.decisions.policy import CostRow
from tallystick.decisions.pricing import legal_rate, price, share
from tallystick.loans.kinds import Amortization
from tallystick.loans.members import NO_ADDRESS
from tallystick.loans.schedule import schedule

RANK = {"approve": 0, "refer": 1, "decline": 2}
MONEY = st.integers(0, 900_000).map(lambda units: f"{units / 100:.2f}")


@st.composite
def asked(draw: st.DrawFn) -> dict[str, Any]:
    product = draw(st.sampled_from(sorted(catalogue().products)))
    found = catalogue().products[product]
    bounds = found.amount
    steps = int((bounds.most - bounds.least) / bounds.step)
    amount = bounds.least + bounds.step * draw(st.integers(0, steps))
    return {
        "product": product,
        "purpose": draw(st.sampled_from(found.purposes)),
        "jurisdiction": draw(st.sampled_from(found.jurisdictions)),
        "amount": str(amount),
        "term": draw(st.integers(found.term.least, min(found.term.most, 18))),
        "free": draw(st.lists(MONEY, min_size=1, max_size=12)),
        "owed": draw(st.sampled_from(["0.00", "4000.00", "59000.00"])),
    }


def judged(pd_ppm: int, **changes: Any) -> Outcome:
    return judge(case(**changes), Scored(pd_ppm, None), catalogue(), policy())


@settings(max_examples=60, deadline=None)
@given(asked(), st.floats(-7, 0))
def test_an_offer_keeps_every_bound(changes: dict[str, Any], intercept: float) -> None:
    given_ = case(**changes)
    decided = decide(given_, bench(intercept), b"\1" * 32)
    outcome, product = decided.outcome, catalogue().products[given_.product]
    assert outcome.to_json() == decide(given_, bench(intercept), b"\2" * 32).outcome.to_json()
    assert outcome.reasons
    assert "plan_not_on_ledger" not in {each.code for each in outcome.reasons}
    if outcome.proposal is None:
        assert outcome.verdict != "approve"
        return
    proposal, agreement = outcome.proposal, decided.agreement
    assert agreement is not None
    cap = catalogue().jurisdictions[given_.jurisdiction]
    assert proposal.rate <= legal_rate(cap, "months", 1)
    assert outcome.grade is not None
    band = product.grid[outcome.grade]
    assert share(band.least_pct) <= proposal.rate <= share(band.most_pct)
    assert hundredths(product.amount.least) <= proposal.amount <= given_.amount
    assert proposal.amount % hundredths(product.amount.step) == 0
    assert all(proposal.amount <= limit.amount for limit in outcome.limits)
    assert agreement.principal == proposal.amount * 10_000
    assert agreement.annual_rate == proposal.rate * 10**9
    rows = schedule(agreement)
    assert sum(row.principal for row in rows) == agreement.principal
    assert rows[-1].balance == 0
    assert (agreement.rows == NO_ADDRESS) == (agreement.amortization is not Amortization.CUSTOM)


@settings(max_examples=40, deadline=None)
@given(asked(), st.integers(0, 400_000), st.integers(0, 400_000))
def test_more_risk_is_never_treated_better(changes: dict[str, Any], one: int, other: int) -> None:
    low, high = (judged(pd, **changes) for pd in sorted((one, other)))
    assert RANK[low.verdict] <= RANK[high.verdict]
    if low.proposal and high.proposal:
        assert low.proposal.rate <= high.proposal.rate
        assert low.proposal.amount >= high.proposal.amount


@pytest.mark.parametrize("severity", ["info", "refer", "decline"])
def test_a_hit_never_helps(severity: str) -> None:
    without, with_ = judged(15_000), judged(15_000, hits=[severity])
    wanted = {"info": "approve", "refer": "refer", "decline": "decline"}[severity]
    assert (without.verdict, with_.verdict) == ("approve", wanted)
    assert (with_.proposal is None) == (severity == "decline")


def test_a_fact_that_nobody_knows_refers() -> None:
    unknown = case().model_copy(update={"books": {}})
    outcome = judge(unknown, Scored(15_000, None), catalogue(), policy())
    assert outcome.verdict == "refer"
    assert [(each.code, each.values["fact"]) for each in outcome.reasons] == [
        ("information_missing", "books.losses")
    ]


COSTS = CostRow.model_validate(
    {
        "lgd_pct": "45",
        "funding_pct": "3.5",
        "operating_pct": "2",
        "capital_pct": "8",
        "hurdle_pct": "12",
        "margin_pct": "1",
    }
)
BAND = Band(least_pct=Decimal(0), most_pct=Decimal(100))


@given(st.integers(0, 500_000))
def test_at_break_even_the_lender_neither_wins_nor_loses(pd_ppm: int) -> None:
    pd = Fraction(pd_ppm, PPM)
    even = price(pd, 12, COSTS, BAND, Fraction(1), Decimal(0), Decimal("0.05")).even
    earned = even * (1 - pd)
    money = Fraction("0.035") * Fraction("0.92") + Fraction("0.12") * Fraction("0.08")
    assert earned == money + Fraction("0.02") + Fraction("0.45") * pd


def test_the_law_bounds_the_effective_rate_as_well() -> None:
    cap = Cap(
        annual_rate_pct=Decimal(48),
        annual_cost_pct=Decimal("26.824179"),
        penalty_rate_pct=Decimal(0),
        source="(1 + 2 %)^12 - 1",
    )
    assert abs(legal_rate(cap, "months", 1) - Fraction(24, 100)) < Fraction(1, 10**7)
    assert legal_rate(cap, "months", 12) < Fraction("0.26824180")
