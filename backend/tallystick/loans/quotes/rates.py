"""Rates of return of a stream of payments, by Newton's method in decimal arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

_PRECISION = 34
_CLOSE = Decimal("1e-24")
_STEPS = 200
_MOST = Decimal(55)
"""Largest force of interest: rates up to e^55, about 10^23, print with all their digits."""

Flow = tuple[Fraction, int]
"""When, in years from the first drawdown, and how much; what the borrower receives is negative."""


class NoRate(ValueError):
    """The flows have no rate of return: nothing is received, or nothing repaid."""


def effective_rate(flows: Sequence[Flow]) -> Decimal:
    """The yearly rate X with `sum amount * (1 + X) ** -years = 0`; raises `NoRate`."""
    if not any(amount < 0 for _, amount in flows) or not any(amount > 0 for _, amount in flows):
        raise NoRate("a rate needs money that comes and money that goes")
    with localcontext() as context:
        context.prec = _PRECISION
        terms = [
            (Decimal(when.numerator) / when.denominator, Decimal(amount)) for when, amount in flows
        ]
        return _force(terms).exp() - 1


def _force(terms: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """The force of interest g with `sum amount * exp(-g * years) = 0`.

    For one drawdown the sum is convex and falls with g, so Newton's steps from 0 approach the root
    from below and cannot miss it; more drawdowns start no worse. Steps are bounded all the same.
    """
    force = Decimal(0)
    for _ in range(_STEPS):
        value = slope = Decimal(0)
        for years, amount in terms:
            present = amount * (-force * years).exp()
            value += present
            slope -= years * present
        if slope == 0:
            break
        step = max(min(value / slope, Decimal(5)), Decimal(-5))
        force -= step
        if force > _MOST:
            break
        if abs(step) < _CLOSE:
            return force
    raise NoRate("the flows do not settle on one rate")


def percent(rate: Decimal, decimals: int = 2) -> str:
    """A rate in percent, the last decimal rounded half up as the directive asks."""
    with localcontext() as context:
        context.prec = _PRECISION
        return str((rate * 100).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
