"""The rate of a period under rates that are quoted compounded.

`1 + rate of a period = (1 + annual_rate / m) ^ (m * years)`, where `m` is 1 for an effective annual
rate and 2 for one compounded twice a year. It is irrational as a rule, so it is rounded once, half
to even to 40 decimals, from a computation with 80 digits. That decimal fraction is the period's
rate; everything after it is exact, as with nominal rates.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

from tallystick.loans.annuity import Rate
from tallystick.loans.errors import InputInvalid
from tallystick.loans.offline.terms import RateType

_PRECISION = 80
_DECIMALS = 40
_MOST = 1_000_000
_COMPOUNDED = {RateType.EFFECTIVE_ANNUAL: 1, RateType.NOMINAL_SEMIANNUAL: 2}


def period_rate(annual: Fraction, kind: RateType, years: Fraction) -> Fraction:
    """Interest of a period of `years` on a balance of one; `InputInvalid` beyond a million."""
    if kind is RateType.NOMINAL:
        return annual * years
    return Fraction(*_compounded(annual, _COMPOUNDED[kind], years))


@lru_cache(maxsize=4096)
def _compounded(annual: Fraction, times: int, years: Fraction) -> Rate:
    growth, exponent = 1 + annual / times, times * years
    with localcontext() as context:
        context.prec = _PRECISION
        base = Decimal(growth.numerator) / growth.denominator
        power = base ** (Decimal(exponent.numerator) / exponent.denominator)
        if power > _MOST:
            rule = f"must not make the interest of a period more than {_MOST:,} times its balance"
            raise InputInvalid("/annual_rate_pct", rule)
        rate = (power - 1).quantize(Decimal(1).scaleb(-_DECIMALS), ROUND_HALF_EVEN)
    return rate.as_integer_ratio()
