"""Borrowers as a loan officer meets them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.backend.loans.recommend.build import KINDS, ask, loan, months

PERSONAL = ["equal_installments", "equal_principal"]


def codes(reasons: list[dict[str, Any]]) -> list[str]:
    return [reason["code"] for reason in reasons]


def test_a_salaried_borrower_repays_in_the_shortest_term_the_salary_bears() -> None:
    data = loan("30000.00", ["4000.00"], kinds=PERSONAL, most=36, least=3, max_share_pct="40")
    answer = ask(data).to_json()
    plan = answer["plan"]
    assert plan["amortization"] == "equal_installments"
    assert plan["number_of_repayments"] == 21
    assert plan["schedule"]["installment"] == "1590.92"
    assert plan["tightest_month"] == {"month": "2027-10", "due": "1590.96", "limit": "1600.00"}
    assert codes(answer["reasons"]) == [
        "least_interest",
        "keeps_limits",
        "other_term_exceeds_limit",
    ]
    shorter = answer["reasons"][2]
    assert shorter["text"]["en"] == (
        "Over 20 periods it would not fit: 2027-09 would take 1662.47, 62.47 above its limit of"
        " 1600.00."
    )
    assert shorter["text"]["zh-Hans"] == (
        "若为 20 期则不可行：2027-09 应还 1662.47，超出上限 1600.00 共 62.47。"
    )
    # equal principal is dearest at the start, so it needs 24 periods
    (other,) = [option for option in answer["alternatives"] if option["fits"]][:1]
    assert (other["amortization"], other["term_in_periods"]) == ("equal_principal", 24)
    assert other["costs_more"] == "340.64"


def test_a_farmer_with_one_harvest_repays_at_the_harvest() -> None:
    """Nothing is earned but in September and October: one payment then, and no rows between."""
    year = ["0"] * 7 + ["9000.00", "6000.00"] + ["0"] * 3
    answer = ask(loan("8000.00", year, kinds=KINDS, most=12)).to_json()
    plan = answer["plan"]
    assert plan["amortization"] == "bullet"
    assert plan["last_due_date"] == "2026-09-15"
    assert plan["interest"] == "640.00"  # eight months at 1 %
    seasonal = next(o for o in answer["alternatives"] if o["amortization"] == "custom")
    assert seasonal["costs_more"] == "0.00"
    level = next(o for o in answer["alternatives"] if not o["fits"])
    assert codes(level["reasons"]) == ["exceeds_limit"]


def test_a_farmer_who_needs_two_harvests_gets_seasonal_rows() -> None:
    year = ["0"] * 7 + ["6000.00"] + ["0"] * 4
    answer = ask(loan("8000.00", year, kinds=KINDS, most=24)).to_json()
    plan = answer["plan"]
    assert plan["amortization"] == "custom"
    rows = [
        (row["due_date"], row["principal"], row["interest"]) for row in plan["schedule"]["rows"]
    ]
    assert rows == [
        ("2026-09-15", "5360.00", "640.00"),
        ("2027-09-15", "2640.00", "316.80"),
    ]
    assert plan["term_in_periods"] == 20
    left_out = answer["reasons"][-1]
    assert left_out["code"] == "rows_left_out"
    assert left_out["values"]["count"] == "18"
    assert codes(answer["alternatives"][0]["reasons"]) == ["exceeds_limit"]


def test_a_product_that_wants_interest_every_month_refuses_that_farmer() -> None:
    year = ["0"] * 7 + ["6000.00"] + ["0"] * 4
    data = loan(
        "8000.00",
        year,
        kinds=["custom"],
        most=24,
        product={"may_skip_rows": False, "least_principal": "100.00"},
    )
    answer = ask(data).to_json()
    assert answer["plan"] is None
    assert answer["largest_amount"] is None
    assert codes(answer["reasons"]) == ["no_plan_fits", "no_free_income", "no_amount_fits"]
    (seasonal,) = answer["alternatives"]
    assert seasonal["reasons"][0]["values"] == {"month": "2026-02", "limit": "0.00"}


def test_a_micro_enterprise_is_held_to_its_uncertain_income() -> None:
    """The wider income swings and the more caution is asked, the longer and dearer the loan."""

    def plan(deviation: str, deviations: str) -> dict[str, Any]:
        data = loan("20000.00", ["0"], kinds=PERSONAL, most=36, caution={"deviations": deviations})
        (month,) = data["budget"]["months"]
        month["income"] = {"expected": "3000.00", "deviation": deviation}
        month["expense"] = {"expected": "800.00", "high": "1000.00"}
        return ask(data).to_json()["plan"]

    certain, uncertain, cautious = plan("0", "1"), plan("400.00", "1"), plan("400.00", "2")
    assert certain["tightest_month"]["limit"] == "2000.00"
    assert uncertain["tightest_month"]["limit"] == "1600.00"
    assert cautious["tightest_month"]["limit"] == "1200.00"
    terms = [certain["term_in_periods"], uncertain["term_in_periods"], cautious["term_in_periods"]]
    assert terms == [11, 14, 19]
    costs = [Decimal(each["interest"]) for each in (certain, uncertain, cautious)]
    assert costs == sorted(costs)


def test_quantiles_count_on_the_low_side_of_income_and_the_high_side_of_expense() -> None:
    data = loan("1000.00", ["0"], kinds=PERSONAL, most=12, caution={"quantile_pct": "20"})
    (month,) = data["budget"]["months"]
    month["income"] = {"quantiles": {"10": "1000.00", "50": "2000.00"}}
    month["expense"] = {"quantiles": {"50": "500.00", "75": "600.00", "95": "800.00"}}
    (shown, *_) = ask(data).to_json()["months"]
    assert shown == {
        "month": "2026-02",
        "free_income_expected": "1500.00",
        "free_income_cautious": "600.00",  # 1250 at 20 %, 650 at 80 %
        "debt_service": "0.00",
        "limit": "600.00",
    }


def test_an_over_indebted_borrower_is_told_so() -> None:
    data = loan("5000.00", ["1000.00"], kinds=KINDS, most=24, max_share_pct="50")
    data["budget"]["months"][0]["debt_service"] = "650.00"
    answer = ask(data).to_json()
    assert (answer["fits"], answer["plan"], answer["largest_amount"]) == (False, None, None)
    assert answer["longest_term"] == 24
    assert codes(answer["reasons"]) == ["no_plan_fits", "no_free_income", "no_amount_fits"]
    assert answer["reasons"][1]["values"] == {"count": "24", "month": "2026-02"}
    assert answer["reasons"][0]["text"]["zh-Hans"] == (
        "本产品没有可行方案：已尝试至最长 24 期（至 2028-01-15）。"
    )


def test_too_large_a_wish_is_answered_with_the_largest_amount_that_fits() -> None:
    answer = ask(loan("50000.00", ["1000.00"], kinds=PERSONAL, most=24)).to_json()
    assert answer["plan"] is None
    largest = answer["largest_amount"]
    # 24 payments of 1000.00 discounted at 1 % a month are 21243.387...
    assert Decimal("21243.30") < Decimal(largest["principal"]) < Decimal("21243.50")
    assert largest["amortization"] == "equal_installments"
    level = answer["alternatives"][0]
    assert level["tightest_month"]["due"] == "2353.74"  # the last row takes 24 residues
    assert level["reasons"][0]["values"]["over"] == "1353.74"


def test_a_bad_month_decides_and_is_named() -> None:
    """Twelve good months but one: a level loan must fit into that one, seasonal rows go around."""
    year = ["2000.00"] * 5 + ["700.00"] + ["2000.00"] * 6
    level = ask(loan("9000.00", year, kinds=["equal_installments"], most=24)).to_json()
    assert level["plan"]["term_in_periods"] == 5  # done before July
    longer = ask(loan("11000.00", year, kinds=["equal_installments"], most=24)).to_json()
    assert longer["plan"]["term_in_periods"] == 18
    both = ask(loan("11000.00", year, kinds=KINDS, most=24)).to_json()
    assert (both["plan"]["amortization"], both["plan"]["term_in_periods"]) == ("custom", 7)


def test_grace_waits_for_the_income_to_begin() -> None:
    free = ["100.00"] * 3 + ["1000.00"] * 9
    data = loan("6000.00", free, kinds=["equal_principal"], most=12)
    assert ask(data).plan is None
    data["product"]["grace_on_principal"] = [0, 3, 6]
    answer = ask(data).to_json()
    assert answer["plan"]["grace_on_principal"] == 3
    assert answer["plan"]["term_in_periods"] == 10


def test_the_budget_bounds_the_term() -> None:
    data = loan("3000.00", ["500.00"] * 4, kinds=PERSONAL, most=24, repeats=False)
    answer = ask(data).to_json()
    assert (answer["fits"], answer["longest_term"]) == (False, 4)
    assert Decimal(answer["largest_amount"]["principal"]) < 2000


def test_the_least_term_binds_seasonal_rows_too() -> None:
    """Not faster than equal principal over the shortest term, however much the income allows."""
    answer = ask(loan("1200.00", ["9000.00"], kinds=["custom"], most=12, least=4)).to_json()
    principal = [row["principal"] for row in answer["plan"]["schedule"]["rows"]]
    assert principal == ["300.00"] * 4


def test_existing_debts_count_as_debt_service_and_not_as_expense() -> None:
    data = loan("1000.00", ["0"], kinds=PERSONAL, most=12, max_share_pct="50")
    data["budget"]["months"] = months("2026-02", ["1000.00"])
    data["budget"]["months"][0]["debt_service"] = "200.00"
    (month, *_) = ask(data).to_json()["months"]
    assert month["limit"] == "300.00"  # half of 1000, less 200; as an expense it would be 400
