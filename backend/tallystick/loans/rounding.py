"""Integer division with the roundings that money needs. Denominators are positive."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

Divide = Callable[[int, int], int]
"""A rounded quotient; it never falls as the exact one grows."""


class Rounding(StrEnum):
    """How a quotient becomes an integer; amounts of a loan are never negative."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    UP = "up"
    DOWN = "down"

    @property
    def divide(self) -> Divide:
        """The division that rounds this way."""
        return _DIVIDE[self]


def rhe(numerator: int, denominator: int) -> int:
    """`numerator / denominator`, rounded half to even."""
    quotient = numerator // denominator
    twice = 2 * (numerator - quotient * denominator)
    if twice > denominator or (twice == denominator and quotient & 1):
        return quotient + 1
    return quotient


def round_q(numerator: int, denominator: int, quantum: int) -> int:
    """`numerator / denominator`, rounded half to even to a multiple of `quantum`."""
    return quantum * rhe(numerator, denominator * quantum)


def ceil_q(numerator: int, denominator: int, quantum: int) -> int:
    """`numerator / denominator`, rounded up to a multiple of `quantum`."""
    return quantum * -(-numerator // (denominator * quantum))


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def _down(numerator: int, denominator: int) -> int:
    return numerator // denominator


_DIVIDE: dict[Rounding, Divide] = {
    Rounding.HALF_EVEN: rhe,
    Rounding.HALF_UP: _half_up,
    Rounding.UP: _up,
    Rounding.DOWN: _down,
}
