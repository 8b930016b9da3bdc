"""Plans beside each other, and their pictures."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tallystick.web.bars import HEIGHT, WIDTH, on_one_scale
from tallystick.web.comparison import compare

TERMS = {
    "principal": "1200.00",
    "annual_rate_pct": "12",
    "number_of_repayments": 12,
    "repay_every": 1,
    "frequency": "months",
    "disbursement_date": "2026-01-15",
    "amortization": "equal_principal",
}


def test_the_given_plan_comes_first_and_each_kind_once() -> None:
    found = compare(TERMS, ["equal_installments", "equal_principal", "custom", "bullet"])
    assert [plan.kind for plan in found] == ["equal_principal", "equal_installments", "bullet"]
    for plan in found:
        rows = sum(Decimal(amount) for _, amount in plan.rows)
        assert rows == Decimal(plan.total) == Decimal("1200.00") + Decimal(plan.cost)
        assert Decimal(plan.most) == max(Decimal(amount) for _, amount in plan.rows)
    # on one rate, who repays later pays more
    assert Decimal(found[0].cost) < Decimal(found[1].cost) < Decimal(found[2].cost)


def test_a_custom_plan_is_told_as_it_is_and_a_plan_that_cannot_be_is_left_out() -> None:
    rows = [{"principal": "1000.00"}, {"principal": "200.00"}]
    custom = TERMS | {
        "amortization": "custom",
        "custom_rows": rows,
        "number_of_repayments": 2,
    }
    assert [plan.kind for plan in compare(custom, ["bullet"])] == ["custom", "bullet"]
    assert compare(TERMS | {"principal": "0"}, ["bullet"]) == []


@pytest.mark.parametrize("amounts", [["10", "20"], ["0"], []])
def test_bars_stay_within_the_plane_and_on_one_scale(amounts: list[str]) -> None:
    rows = [(f"2026-0{n + 1}-01", amount) for n, amount in enumerate(amounts)]
    pictures = on_one_scale([rows, [("2026-05-01", "40")]])
    for picture in pictures:
        for bar in picture:
            assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
            assert bar.y + bar.height == pytest.approx(HEIGHT)
    if amounts == ["10", "20"]:
        assert pictures[0][1].height == pytest.approx(2 * pictures[0][0].height, abs=0.02)
        assert pictures[1][0].height == pytest.approx(2 * pictures[0][1].height, abs=0.02)
