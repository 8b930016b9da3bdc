"""One amount of a budget with its uncertainty: what to expect, and what to count on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from tallystick.loans.offline.fields import Fields
from tallystick.loans.recommend.schedule_json import percent_text
from tallystick.loans.recommend.terms import Estimate

_PERCENT = re.compile(r"[0-9]{1,2}(\.[0-9]{1,6})?")

Side = Literal["low", "high"]
"""On which side caution lies: income may be lower, expense may be higher."""


@dataclass(frozen=True, slots=True)
class Caution:
    """How careful the cautious scenario is, for estimates that leave it open.

    `deviations` standard deviations from the expected value; the `quantile` of income, and the
    quantile `1 - quantile` of expense.
    """

    deviations: Fraction
    quantile: Fraction


def read_estimate(source: Fields, name: str, scale: int, side: Side, caution: Caution) -> Estimate:
    """The estimate in field `name`; cautious amounts round to the careful side, never below 0.

    A decimal string is certain. Otherwise an object: `expected` with `low` (income) or `high`
    (expense), `expected` with `deviation`, or `quantiles` by percent.
    """
    value = source.raw(name)
    if isinstance(value, str):
        amount = source.money(name, scale, least=0)
        return Estimate(amount, amount)
    item = Fields(value, source.pointer(name))
    item.refuse_unknown(frozenset(("expected", side, "deviation", "quantiles")))
    ways = [way for way in (side, "deviation", "quantiles") if item.given(way)]
    if len(ways) != 1:
        raise source.error(name, f"must have exactly one of {side}, deviation, quantiles")
    if ways == ["quantiles"]:
        return _from_quantiles(item, scale, side, caution)
    expected = item.money("expected", scale, least=0)
    if ways == ["deviation"]:
        away = item.money("deviation", scale, least=0) * caution.deviations
        cautious = expected - away if side == "low" else expected + away
        return Estimate(expected, _careful(cautious, side))
    bound = item.money(side, scale, least=0)
    if (bound > expected) if side == "low" else (bound < expected):
        raise item.error(side, f"must not be {'above' if side == 'low' else 'below'} expected")
    return Estimate(expected, bound)


def _careful(amount: Fraction, side: Side) -> int:
    floor = amount.numerator // amount.denominator
    return max(floor if side == "low" else -(-amount.numerator // amount.denominator), 0)


def _from_quantiles(item: Fields, scale: int, side: Side, caution: Caution) -> Estimate:
    """Straight lines between the quantiles that are stated; the expected value is the median."""
    if item.given("expected"):
        raise item.error("expected", "must not be given beside quantiles: the 50 % quantile counts")
    given = item.raw("quantiles")
    table = Fields(given, item.pointer("quantiles"))
    percents = [str(percent) for percent in given] if isinstance(given, Mapping) else []
    points = sorted(
        (_quantile(table, percent), table.money(percent, scale, least=0)) for percent in percents
    )
    if any(upper < lower for (_, lower), (_, upper) in pairwise(points)):
        raise item.error("quantiles", "must not fall from one percentage to the next")
    wanted = caution.quantile if side == "low" else 1 - caution.quantile
    cautious = _careful(_between(item, points, wanted), side)
    return Estimate(_careful(_between(item, points, Fraction(1, 2)), side), cautious)


def _quantile(table: Fields, percent: str) -> Fraction:
    quantile = Fraction(percent) / 100 if _PERCENT.fullmatch(percent) else Fraction(0)
    if not 0 < quantile < 1:
        raise table.error(percent, 'must be named by a percentage such as "10", above 0, below 100')
    return quantile


def _between(item: Fields, points: list[tuple[Fraction, int]], wanted: Fraction) -> Fraction:
    for quantile, amount in points:
        if quantile == wanted:
            return Fraction(amount)
    for (before, lower), (after, upper) in pairwise(points):
        if before < wanted < after:
            return lower + (upper - lower) * (wanted - before) / (after - before)
    raise item.error("quantiles", f"must reach the {percent_text(wanted)} % quantile")
