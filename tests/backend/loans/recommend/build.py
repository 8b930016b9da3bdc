"""Inputs for the tests, as an integrator would write them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tallystick.loans.offline.result import decimal
from tallystick.loans.recommend.parse import parse_recommend_input
from tallystick.loans.recommend.recommend import recommend
from tallystick.loans.recommend.result import Recommendation

KINDS = [
    "equal_installments",
    "equal_principal",
    "interest_only",
    "bullet",
    "fixed_principal_percent_with_balloon",
    "custom",
]


def months(first: str, free: list[int | str]) -> list[dict[str, Any]]:
    """Months whose free income is `free`."""
    year, month = map(int, first.split("-"))
    result: list[dict[str, Any]] = []
    for index, amount in enumerate(free):
        years, month0 = divmod(month - 1 + index, 12)
        name = f"{year + years}-{month0 + 1:02d}"
        result.append({"month": name, "income": str(amount), "expense": "0"})
    return result


def loan(
    principal: str,
    free: list[int | str],
    *,
    kinds: list[str],
    most: int,
    least: int = 1,
    repeats: bool = True,
    **more: Any,
) -> dict[str, Any]:
    """A loan of 2026-01-15 at 12 %; all free income, from 2026-02 (`begin`) on, may go into it."""
    product: dict[str, Any] = {
        "amortization": list(kinds),
        "number_of_repayments": {"least": least, "most": most},
    }
    if "fixed_principal_percent_with_balloon" in kinds:
        product["fixed_principal_pct"] = ["2", "5"]
    product |= more.pop("product", {})
    begin = more.pop("begin", "2026-02")
    return {
        "principal": principal,
        "annual_rate_pct": "12",
        "disbursement_date": "2026-01-15",
        "max_share_pct": "100",
        "product": product,
        "budget": {"repeats": repeats, "months": months(begin, free)},
    } | more


def ask(data: dict[str, Any]) -> Recommendation:
    return recommend(parse_recommend_input(data))


@st.composite
def inputs(draw: st.DrawFn, kinds: list[str] | None = None) -> dict[str, Any]:
    """Inputs that the parser accepts; about half of them have a plan that fits."""
    allowed = kinds or draw(st.lists(st.sampled_from(KINDS), min_size=1, unique=True))
    most = draw(st.integers(1, 14))
    principal = draw(st.integers(1, 50_000))
    count = draw(st.integers(1, 8))
    typical = principal // draw(st.integers(1, most)) + 1
    free = draw(st.lists(st.integers(0, 2 * typical), min_size=count, max_size=count))
    data = loan(
        decimal(principal, 2),
        [decimal(amount, 2) for amount in free],
        kinds=allowed,
        begin="2026-01",
        most=most,
        least=draw(st.integers(1, most)),
        annual_rate_pct=draw(st.sampled_from(["0", "4.35", "12", "24", "120"])),
        max_share_pct=draw(st.sampled_from(["100", "60", "33.3"])),
        frequency=draw(st.sampled_from(["months", "months", "weeks"])),
        repay_every=draw(st.integers(1, 2)),
        days_in_month=draw(st.sampled_from(["30", "actual"])),
        product={
            "grace_on_principal": draw(st.lists(st.integers(0, 4), min_size=1, unique=True)),
            "may_skip_rows": draw(st.booleans()),
        },
    )
    if draw(st.integers(0, 3)) == 0:
        data["installment_multiple_of"] = decimal(draw(st.sampled_from([10, 100, 500])), 2)
    for month in data["budget"]["months"]:
        if draw(st.integers(0, 5)) == 0:
            month["debt_service"] = decimal(typical // 4, 2)
    return data
