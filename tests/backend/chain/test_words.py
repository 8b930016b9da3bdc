"""The hand-laid words against eth_abi and the exported ABI."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st
from tests.backend.chain.samples import AGREEMENT, as_tuple, conditions_tuple

from tallystick.chain import words
from tallystick.chain.abi import load_abi
from tallystick.chain.words import Struct, plan_code, terms_from_words, terms_words, with_plan
from tallystick.loans.agreement import Agreement
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Transfer,
    Waterfall,
)

KINDS: dict[str, Any] = {
    "amortization": Amortization,
    "interest_method": InterestMethod,
    "day_count": DayCount,
    "prepayment": Prepayment,
    "waterfall": Waterfall,
    "frequency": Frequency,
    "transfer": Transfer,
}


def numbers(struct: Struct) -> st.SearchStrategy[dict[str, Any]]:
    """Any values of the members that are numbers or kinds."""
    return st.fixed_dictionaries(
        {
            name: st.sampled_from(list(KINDS[name]))
            if name in KINDS
            else st.integers(0, 2 ** int(kind[4:]) - 1)
            for kind, _, name in struct.members
            if kind.startswith("uint")
        }
    )


@given(numbers(words.AGREEMENT), numbers(words.CONDITIONS))
def test_words_equal_the_general_encoder(terms: dict[str, Any], others: dict[str, Any]) -> None:
    conditions = replace(AGREEMENT.conditions, **others)
    agreement = replace(AGREEMENT, conditions=conditions, **terms)
    laid = terms_words(agreement)
    assert laid == encode(
        [words.AGREEMENT_TUPLE, words.CONDITIONS.tuple],
        [as_tuple(agreement), conditions_tuple(agreement)],
    )
    assert terms_from_words(laid) == agreement


def test_members_are_those_of_the_abi() -> None:
    functions = {entry["name"]: entry for entry in load_abi("LoanBook") if "name" in entry}
    given = {
        words.CONDITIONS: functions["originate"]["inputs"][1],
        words.AMENDMENT: functions["amend"]["inputs"][3],
        words.SETTLEMENT: functions["settle"]["inputs"][1],
        words.ASSIGNMENT: functions["assign"]["inputs"][2],
    }
    for struct, found in given.items():
        assert [(c["type"], c["name"]) for c in found["components"]] == [
            (kind, name) for kind, name, _ in struct.members
        ]
    *terms, last = functions["originate"]["inputs"][0]["components"]
    assert [(c["type"], c["name"]) for c in terms] == [
        (kind, name) for kind, name, _ in words.AGREEMENT.members
    ]
    assert (last["type"], last["name"]) == ("bytes32", "conditions")
    *ours, conditions, plan = [field.name for field in fields(Agreement)]
    assert [name for _, _, name in words.AGREEMENT.members] == ours
    assert (conditions, plan) == ("conditions", "plan")


def test_a_number_beyond_a_word_is_refused() -> None:
    with pytest.raises(OverflowError):
        terms_words(replace(AGREEMENT, principal=2**256))


def test_an_unknown_kind_is_refused() -> None:
    laid = bytearray(terms_words(AGREEMENT))
    laid[11 * 32 + 31] = 5
    with pytest.raises(IndexError):
        terms_from_words(bytes(laid))


def test_conditions_of_another_agreement_are_refused() -> None:
    laid = bytearray(terms_words(AGREEMENT))
    laid[-1] ^= 1
    with pytest.raises(ValueError, match="not those of the agreement"):
        terms_from_words(bytes(laid))


def test_addresses_come_back_in_checksum_form() -> None:
    lower: Agreement = replace(AGREEMENT, token=AGREEMENT.token.lower())
    assert terms_from_words(terms_words(lower)).token == AGREEMENT.token


@given(st.lists(st.integers(0, 2**96 - 1), min_size=1, max_size=40).map(tuple))
def test_custom_rows_are_read_back(plan: tuple[int, ...]) -> None:
    agreement = replace(AGREEMENT, count=len(plan))
    code = plan_code(plan)
    assert with_plan(agreement, code).plan == plan
    for broken in (code[:-1], code + bytes(12), b"\1" + code[1:], b""):
        with pytest.raises(ValueError, match="do not list"):
            with_plan(agreement, broken)
