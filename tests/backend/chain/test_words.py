"""The hand-laid words against eth_abi and the exported ABI."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st
from tests.backend.chain.samples import AGREEMENT, TUPLE, as_tuple

from tallystick.chain.abi import load_abi
from tallystick.chain.words import MEMBERS, agreement_from_words, agreement_words
from tallystick.loans.agreement import Agreement
from tallystick.loans.kinds import Amortization, Frequency


def uint(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1)


@given(st.tuples(*(uint(int(kind[4:])) for kind, _, _ in MEMBERS if kind.startswith("uint"))))
def test_words_equal_the_general_encoder(numbers: tuple[int, ...]) -> None:
    names = [name for kind, _, name in MEMBERS if kind.startswith("uint")]
    values = dict(zip(names, numbers, strict=True))
    values["amortization"] = Amortization(values["amortization"] % 4)
    values["frequency"] = Frequency(values["frequency"] % 3)
    agreement = replace(AGREEMENT, **values)
    words = agreement_words(agreement)
    assert words == encode([TUPLE], [as_tuple(agreement)])
    assert agreement_from_words(words) == agreement


def test_members_are_those_of_the_abi() -> None:
    originate = next(entry for entry in load_abi("LoanBook") if entry.get("name") == "originate")
    components = originate["inputs"][0]["components"]
    assert [(c["type"], c["name"]) for c in components] == [(k, n) for k, n, _ in MEMBERS]
    assert [name for _, _, name in MEMBERS] == [field.name for field in fields(Agreement)]


def test_a_number_beyond_a_word_is_refused() -> None:
    with pytest.raises(OverflowError):
        agreement_words(replace(AGREEMENT, borrower_nonce=2**256))


def test_an_unknown_kind_is_refused() -> None:
    words = bytearray(agreement_words(AGREEMENT))
    words[10 * 32 + 31] = 4
    with pytest.raises(IndexError):
        agreement_from_words(bytes(words))


def test_addresses_come_back_in_checksum_form() -> None:
    lower: Agreement = replace(AGREEMENT, token=AGREEMENT.token.lower())
    assert agreement_from_words(agreement_words(lower)).token == AGREEMENT.token
