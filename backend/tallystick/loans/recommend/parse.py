"""From a JSON object to a checked `RecommendInput`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from tallystick.loans.errors import InputInvalid
from tallystick.loans.offline.fields import Fields
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.periods import due_dates
from tallystick.loans.offline.terms import Plan, ScheduleInput
from tallystick.loans.recommend.figures import Caution, read_estimate
from tallystick.loans.recommend.terms import (
    MAX_TERM,
    BudgetMonth,
    Product,
    RecommendInput,
    month_of,
    month_text,
)

LOAN_FIELDS = frozenset(
    (
        "principal",
        "annual_rate_pct",
        "disbursement_date",
        "first_repayment_date",
        "repay_every",
        "frequency",
        "days_in_month",
        "days_in_year",
        "interest_calculation_period",
        "money_scale",
        "installment_multiple_of",
    )
)
"""The fields taken over from the schedule input; what they mean is said there."""
OWN_FIELDS = frozenset(("product", "budget", "max_share_pct", "caution"))
PRODUCT_FIELDS = frozenset(
    (
        "amortization",
        "number_of_repayments",
        "grace_on_principal",
        "fixed_principal_pct",
        "may_skip_rows",
        "least_principal",
    )
)

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_MAX_MONTHS = 600
_MAX_VARIANTS = 12
_MAX_SIZES = 1440
_MAX_DEVIATIONS = 10

T = TypeVar("T")


def parse_recommend_input(data: object) -> RecommendInput:
    """The input that a JSON object states; raises `InputInvalid` with the pointer and the rule."""
    source = Fields(data)
    source.refuse_unknown(LOAN_FIELDS | OWN_FIELDS)
    scale = source.integer("money_scale", 0, 18, default=2)
    product = _product(Fields(source.raw("product"), source.pointer("product")), scale)
    terms = _terms(data, product.most)
    if terms.principal < product.least_principal:
        raise source.error("principal", "must not be below the product's least_principal")
    share = source.percent("max_share_pct", 100)
    if share == 0:
        raise source.error("max_share_pct", "must be above 0")
    caution = _caution(source)
    budget = Fields(source.raw("budget"), source.pointer("budget"))
    budget.refuse_unknown(frozenset(("months", "repeats")))
    repeats = _flag(budget, "repeats", default=False)
    months = _months(budget, scale, caution)
    covered = _covered(budget, terms, months, repeats=repeats)
    if covered < product.least:
        missing = due_dates(terms)[covered]
        raise budget.error("months", f"must reach the repayment of {missing.isoformat()}")
    covered = min(covered, product.most)
    return RecommendInput(
        terms=replace(terms, number_of_repayments=covered),
        product=replace(product, most=covered),
        budget=months,
        repeats=repeats,
        max_share=share,
    )


def _terms(data: object, count: int) -> ScheduleInput:
    loan = data if isinstance(data, Mapping) else {}
    kept = {name: loan[name] for name in LOAN_FIELDS if name in loan}
    return parse_schedule_input(kept | {"number_of_repayments": count})


def _product(source: Fields, scale: int) -> Product:
    source.refuse_unknown(PRODUCT_FIELDS)
    bounds = Fields(source.raw("number_of_repayments"), source.pointer("number_of_repayments"))
    bounds.refuse_unknown(frozenset(("least", "most")))
    most = bounds.integer("most", 1, MAX_TERM)
    kinds = _list(source, "amortization", lambda item: item.choice("0", Plan))
    graces: tuple[int, ...] = (0,)
    if source.given("grace_on_principal"):
        graces = _list(source, "grace_on_principal", lambda item: item.integer("0", 0, MAX_TERM))
    shares: tuple[Fraction, ...] = ()
    if Plan.BALLOON in kinds:
        shares = _list(source, "fixed_principal_pct", lambda item: item.percent("0", 100))
        if 0 in shares:
            raise source.error("fixed_principal_pct", "must be above 0")
    elif source.given("fixed_principal_pct"):
        raise source.error("fixed_principal_pct", f"belongs to amortization {Plan.BALLOON} only")
    variants = len(graces) * max(len(shares), 1)
    allowed = min(_MAX_VARIANTS, _MAX_SIZES // most)
    if variants > allowed:
        name = "fixed_principal_pct" if shares else "grace_on_principal"
        raise source.error(name, f"must not make more than {allowed} variants for that many rows")
    floor = "least_principal"
    return Product(
        kinds=kinds,
        least=bounds.integer("least", 1, most, default=1),
        most=most,
        grace_on_principal=tuple(sorted(graces)),
        fixed_principal=tuple(sorted(shares)),
        may_skip_rows=_flag(source, "may_skip_rows", default=True),
        least_principal=source.money(floor, scale) if source.given(floor) else 1,
    )


def _list(source: Fields, name: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
    """An array of different values; `read` reads one from an object that holds it as field "0"."""
    items = source.raw(name)
    if not isinstance(items, Sequence) or isinstance(items, str) or not items:
        raise source.error(name, "must be an array with at least one value")
    values: list[T] = []
    for index, item in enumerate(items):
        try:
            value = read(Fields({"0": item}))
        except InputInvalid as error:
            raise InputInvalid(f"{source.pointer(name)}/{index}", error.rule) from error
        if value in values:
            raise InputInvalid(f"{source.pointer(name)}/{index}", "must not be repeated")
        values.append(value)
    return tuple(values)


def _flag(source: Fields, name: str, *, default: bool) -> bool:
    if not source.given(name):
        return default
    value = source.raw(name)
    if not isinstance(value, bool):
        raise source.error(name, "must be true or false")
    return value


def _caution(source: Fields) -> Caution:
    item = Fields(source.raw("caution") if source.given("caution") else {}, "/caution")
    item.refuse_unknown(frozenset(("deviations", "quantile_pct")))
    hundredth = item.percent("deviations", _MAX_DEVIATIONS, default=Fraction(1, 100))
    quantile = item.percent("quantile_pct", 50, default=Fraction(1, 10))
    if quantile == 0:
        raise item.error("quantile_pct", "must be above 0")
    return Caution(deviations=hundredth * 100, quantile=quantile)


def _months(budget: Fields, scale: int, caution: Caution) -> tuple[BudgetMonth, ...]:
    items = budget.raw("months")
    pointer = budget.pointer("months")
    if not isinstance(items, (list, tuple)) or not 1 <= len(items) <= _MAX_MONTHS:
        raise budget.error("months", f"must be an array of 1 to {_MAX_MONTHS} months")
    months: list[BudgetMonth] = []
    for index, item in enumerate(items):
        source = Fields(item, f"{pointer}/{index}")
        source.refuse_unknown(frozenset(("month", "income", "expense", "debt_service")))
        month = _month(source)
        if months and month != months[-1].month + 1:
            raise source.error("month", f"must be {month_text(months[-1].month + 1)}, the next one")
        service = source.given("debt_service")
        months.append(
            BudgetMonth(
                month=month,
                income=read_estimate(source, "income", scale, "low", caution),
                expense=read_estimate(source, "expense", scale, "high", caution),
                debt_service=source.money("debt_service", scale, least=0) if service else 0,
            )
        )
    return tuple(months)


def _month(source: Fields) -> int:
    value = source.raw("month")
    match = _MONTH.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise source.error("month", "must be a month as YYYY-MM")
    return 12 * int(match[1]) + int(match[2]) - 1


def _covered(
    budget: Fields, terms: ScheduleInput, months: tuple[BudgetMonth, ...], *, repeats: bool
) -> int:
    """How many of the longest term's rows fall into months of the budget."""
    due = [month_of(when) for when in due_dates(terms)]
    if months[0].month > due[0]:
        raise budget.error("months", f"must begin in {month_text(due[0])} or before")
    return len(due) if repeats else sum(month <= months[-1].month for month in due)
