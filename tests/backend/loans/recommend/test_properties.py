"""What holds of every recommendation, recomputed from the JSON of question and answer alone."""

from __future__ import annotations

import copy
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.backend.loans.recommend.build import KINDS, ask, inputs

from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule

LEAST = Decimal(50)
FIXED = [kind for kind in KINDS if kind != "custom"]


def quote(schedule_input: dict[str, Any]) -> dict[str, Any]:
    return compute_schedule(parse_schedule_input(schedule_input)).to_json()


def limit(data: dict[str, Any], month: str) -> Fraction:
    """The month's limit before rounding, where all amounts are certain."""
    months = data["budget"]["months"]
    year, number = map(int, month.split("-"))
    first_year, first = map(int, months[0]["month"].split("-"))
    entry = months[(12 * (year - first_year) + number - first) % len(months)]
    free = Fraction(entry["income"]) - Fraction(entry["expense"])
    share = Fraction(data["max_share_pct"]) / 100
    return max(free * share - Fraction(entry.get("debt_service", "0")), Fraction(0))


def keeps_limits(data: dict[str, Any], quoted: dict[str, Any]) -> bool:
    due: Counter[str] = Counter()
    for row in quoted["rows"]:
        due[row["due_date"][:7]] += Decimal(row["total"])
    return all(Fraction(amount) <= limit(data, month) for month, amount in due.items())


@given(inputs())
def test_the_plan_keeps_every_limit_and_is_what_the_calculator_says(data: dict[str, Any]) -> None:
    answer = ask(data).to_json()
    shown = answer["plan"] or answer["largest_amount"]
    if shown is None:
        return
    assert quote(shown["schedule_input"]) == shown["schedule"]
    assert keeps_limits(data, shown["schedule"])
    assert shown["interest"] == shown["schedule"]["totals"]["interest"]
    assert shown["amortization"] in data["product"]["amortization"]
    bounds = data["product"]["number_of_repayments"]
    assert bounds["least"] <= shown["term_in_periods"] <= bounds["most"]
    if answer["plan"]:
        assert Decimal(shown["principal"]) == Decimal(data["principal"])
    else:
        assert Decimal(shown["principal"]) < Decimal(data["principal"])
    for option in answer["alternatives"]:
        if "schedule_input" in option:
            quoted = quote(option["schedule_input"])
            assert keeps_limits(data, quoted) == option["fits"]
            assert quoted["totals"]["interest"] == option["interest"]
        if option["fits"]:
            more = Decimal(option["interest"]) - Decimal(shown["interest"])
            assert more == Decimal(option["costs_more"]) >= 0


def every_plan(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The schedule of every plan that the product allows, seasonal ones apart."""
    offered = data["product"]
    conventions = {
        name: value
        for name, value in data.items()
        if name not in ("product", "budget", "max_share_pct", "caution")
    }
    bounds = offered["number_of_repayments"]
    sizes = range(bounds["least"], bounds["most"] + 1)
    quotes = []
    for kind, count in product(offered["amortization"], sizes):
        if kind == "custom":
            continue
        shares = offered["fixed_principal_pct"] if kind.startswith("fixed") else [None]
        graces = [0] if kind in ("interest_only", "bullet") else offered["grace_on_principal"]
        for share, grace in product(shares, graces):
            plan = {
                "amortization": kind,
                "number_of_repayments": count,
                "fixed_principal_pct": share,
            }
            if grace < count:
                quotes.append(quote(conventions | plan | {"grace_on_principal": grace}))
    return quotes


@given(inputs())
def test_no_plan_that_the_product_allows_is_cheaper(data: dict[str, Any]) -> None:
    fitting = [
        Decimal(quoted["totals"]["interest"])
        for quoted in every_plan(data)
        if keeps_limits(data, quoted)
    ]
    plan = ask(data).to_json()["plan"]
    if plan is None:
        assert not fitting
    elif plan["amortization"] == "custom":
        assert all(Decimal(plan["interest"]) < interest for interest in fitting)
    else:
        assert Decimal(plan["interest"]) == min(fitting)


@given(inputs(kinds=["custom", *FIXED]))
def test_seasonal_rows_cost_at_most_what_other_plans_cost(data: dict[str, Any]) -> None:
    """Every plan on the same dates is a seasonal plan too, unless multiples are asked for."""
    data.pop("installment_multiple_of", None)
    data["frequency"] = "months"
    assume(Decimal(data["principal"]) >= LEAST)
    data["product"]["amortization"] = [kind for kind in KINDS if kind != "bullet"]
    answer = ask(data).to_json()
    if answer["plan"] is None:
        return
    others = copy.deepcopy(data)
    others["product"]["amortization"] = ["custom"]
    others["product"].pop("fixed_principal_pct")
    seasonal = ask(others).to_json()["plan"]
    assert seasonal is not None
    assert seasonal["interest"] == answer["plan"]["interest"]


@given(inputs(), st.lists(st.integers(0, 30_000), min_size=8, max_size=8))
def test_more_free_income_never_costs_more(data: dict[str, Any], more: list[int]) -> None:
    # Where rows are left out, interest is rounded at other dates; then it may differ by cents.
    data["product"]["may_skip_rows"] = False
    richer = copy.deepcopy(data)
    for month, cents in zip(richer["budget"]["months"], more, strict=False):
        month["income"] = str(Decimal(month["income"]) + Decimal(cents) / 100)
    before, after = ask(data).to_json(), ask(richer).to_json()
    if before["plan"] is not None:
        assert after["plan"] is not None
        assert Decimal(after["plan"]["interest"]) <= Decimal(before["plan"]["interest"])


@given(inputs())
def test_the_largest_amount_fits_and_the_next_does_not(data: dict[str, Any]) -> None:
    # With multiples, or with hardly more cents than rows, a larger amount may fit by luck.
    data.pop("installment_multiple_of", None)
    assume(Decimal(data["principal"]) >= LEAST)
    data["product"]["least_principal"] = str(LEAST)
    data["product"]["amortization"] = ["custom", "equal_installments"]
    data["product"].pop("fixed_principal_pct", None)
    data["frequency"] = "months"
    answer = ask(data).to_json()
    if answer["fits"]:
        assert answer["largest_amount"] is None
        return
    largest = answer["largest_amount"]
    amount = LEAST - Decimal("0.01") if largest is None else Decimal(largest["principal"])
    if largest is not None:
        assert ask(data | {"principal": str(amount)}).plan is not None
    following = amount + Decimal("0.01")
    assert ask(data | {"principal": str(following)}).plan is None


@given(inputs())
def test_every_sentence_is_filled_in(data: dict[str, Any]) -> None:
    answer = ask(data).to_json()
    reasons = list(answer["reasons"])
    for option in answer["alternatives"]:
        assert option["reasons"]
        reasons += option["reasons"]
    assert reasons
    for reason in reasons:
        assert set(reason["text"]) == {"en", "zh-Hans"}
        for sentence in reason["text"].values():
            assert "{" not in sentence
            # every value is said, so that text and code never tell different stories
            assert all(value in sentence for value in reason["values"].values())
