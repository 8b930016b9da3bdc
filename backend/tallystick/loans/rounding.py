"""Integer division with the three roundings that money needs. Denominators are positive."""

from __future__ import annotations


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
