"""The same loan by several plans of repayment: burden of each month, whole cost, yearly rate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.loans.errors import InputInvalid
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.quotes.quote import quote

_OF_ONE_PLAN = ("custom_rows", "grace_on_principal", "fixed_principal_pct")


@dataclass(frozen=True, slots=True)
class PlanCost:
    """What a plan costs. Amounts are decimals of the currency, rates per cent; `rows` are due date
    and amount of each."""

    kind: str
    apr_pct: str
    cost: str
    total: str
    most: str
    rows: list[tuple[str, str]]


def compare(terms: Mapping[str, Any], kinds: Iterable[str]) -> list[PlanCost]:
    """The terms as they are, and by each further plan; plans that cannot carry them are left out.

    A custom plan depends on its rows, so it is only there where the terms are one.
    """
    given = str(terms.get("amortization", "equal_installments"))
    others = [kind for kind in kinds if kind not in (given, "custom")]
    plain = {name: value for name, value in terms.items() if name not in _OF_ONE_PLAN}
    asked = [dict(terms), *(plain | {"amortization": kind} for kind in others)]
    found = []
    for each in asked:
        try:
            found.append(_cost(each))
        except InputInvalid:
            continue
    return found


def _cost(terms: dict[str, Any]) -> PlanCost:
    told: dict[str, Any] = quote(parse_schedule_input(terms)).to_json()
    rows = [(row["due_date"], row["total"]) for row in told["rows"]]
    return PlanCost(
        kind=str(terms.get("amortization", "equal_installments")),
        apr_pct=told["apr_pct"],
        cost=told["cost"],
        total=told["totals"]["total"],
        most=max((total for _, total in rows), key=float),
        rows=rows,
    )
