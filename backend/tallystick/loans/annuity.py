"""The level payment of an annuity whose periods may all differ, found exactly.

The payment is `A = P / sum over k of 1 / (f(0) * ... * f(k))` with `f(k) = 1 + rate(k)`. It is
computed in scaled integers with guard bits, as an interval that is sure to hold it; only when both
ends of the interval do not round to the same amount (a tie, or nearly one) is it computed again as
an exact quotient of integers. So the rounding, whichever it is, is always that of the true value.
"""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.loans.rounding import Divide, rhe

Rate = tuple[int, int]
"""Interest of one period on a balance of one, as numerator and denominator."""

_GUARD_BITS = 96


def level_payment(
    principal: int, rates: Sequence[Rate], quantum: int = 1, divide: Divide = rhe
) -> int:
    """The level payment that repays `principal` over periods of `rates`, rounded to `quantum`."""
    scale = 1 << (principal.bit_length() + _GUARD_BITS)
    factor = 0
    for numerator, denominator in reversed(rates):
        # Each floor loses less than 1, and discounting never makes a loss larger, so the true
        # factor lies within len(rates) above this one.
        factor = (scale + factor) * denominator // (denominator + numerator)
    most = divide(principal * scale, factor * quantum)
    least = divide(principal * scale, (factor + len(rates)) * quantum)
    return quantum * (most if most == least else _exact(principal, rates, quantum, divide))


def _exact(principal: int, rates: Sequence[Rate], quantum: int, divide: Divide) -> int:
    numerator, denominator = 0, 1
    for rise, base in reversed(rates):
        numerator, denominator = (denominator + numerator) * base, denominator * (base + rise)
    return divide(principal * denominator, numerator * quantum)
