"""Addresses and hashes as the reference library writes them."""

from __future__ import annotations

import eth_utils
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.chain.hashing import keccak, to_checksum_address


@given(st.binary(min_size=20, max_size=20))
def test_addresses_are_those_of_the_library(raw: bytes) -> None:
    expected = eth_utils.to_checksum_address(raw)
    for form in (raw, raw.hex(), "0x" + raw.hex(), "0x" + raw.hex().upper(), expected):
        assert to_checksum_address(form) == expected


@pytest.mark.parametrize("form", ["", "0x", "0x" + "1" * 39, "0x" + "g" * 40, b"\1" * 21, "1" * 41])
def test_anything_else_is_no_address(form: str | bytes) -> None:
    with pytest.raises(ValueError, match="not an address"):
        to_checksum_address(form)


@given(st.text())
def test_hashes_are_those_of_the_library(text: str) -> None:
    assert keccak(text=text) == keccak(text.encode()) == eth_utils.keccak(text=text)
