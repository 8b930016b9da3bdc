from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Decimal,
    localcontext,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.loans.rounding import Rounding, ceil_q, rhe, round_q

integers = st.integers(-(10**40), 10**40)
# Powers of two and five have finite decimal expansions, so `decimal` is an exact second opinion.
divisors = st.sampled_from([1, 2, 4, 5, 8, 10, 16, 20, 25, 1000, 10**9, 2**30])


@given(integers, divisors)
def test_half_even_agrees_with_decimal(numerator: int, divisor: int) -> None:
    with localcontext() as context:
        context.prec = 120
        exact = Decimal(numerator) / divisor
        assert rhe(numerator, divisor) == int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))
        assert ceil_q(numerator, divisor, 1) == int(exact.quantize(Decimal(1), ROUND_CEILING))


@given(st.integers(0, 10**40), st.integers(1, 10**20), st.integers(1, 10**9))
def test_quantum_bounds(numerator: int, denominator: int, quantum: int) -> None:
    near, above = round_q(numerator, denominator, quantum), ceil_q(numerator, denominator, quantum)
    assert near % quantum == above % quantum == 0
    assert 2 * abs(near * denominator - numerator) <= quantum * denominator
    assert 0 <= above * denominator - numerator < quantum * denominator
    assert above - quantum <= near <= above


def test_ties_go_to_even() -> None:
    assert [rhe(n, 2) for n in (1, 3, 5, 7, -1, -3)] == [0, 2, 2, 4, 0, -2]


DECIMAL = {
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.UP: ROUND_CEILING,
    Rounding.DOWN: ROUND_FLOOR,
}


@given(st.sampled_from(Rounding), st.integers(0, 10**40), divisors)
def test_each_rounding_agrees_with_decimal(mode: Rounding, numerator: int, divisor: int) -> None:
    with localcontext() as context:
        context.prec = 120
        exact = Decimal(numerator) / divisor
        assert mode.divide(numerator, divisor) == int(exact.quantize(Decimal(1), DECIMAL[mode]))


@pytest.mark.parametrize(
    ("mode", "halves"), [("half_even", [0, 2, 2]), ("half_up", [1, 2, 3]), ("up", [1, 2, 3]),
                         ("down", [0, 1, 2])]
)  # fmt: skip
def test_halves(mode: str, halves: list[int]) -> None:
    assert [Rounding(mode).divide(n, 2) for n in (1, 3, 5)] == halves
