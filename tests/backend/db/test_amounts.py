"""Amounts keep their value and their order as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.db import pack_amount, unpack_amount

amounts = st.integers(0, 2**128 - 1)


@given(amounts, amounts)
def test_value_and_order_are_kept(one: int, other: int) -> None:
    assert unpack_amount(pack_amount(one)) == one
    assert (pack_amount(one) < pack_amount(other)) == (one < other)


@pytest.mark.parametrize("amount", [-1, 2**128])
def test_what_does_not_fit_is_refused(amount: int) -> None:
    with pytest.raises(OverflowError):
        pack_amount(amount)
