"""Decoding of every event, against eth_abi and the exported ABI."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils import keccak
from eth_utils.abi import collapse_if_tuple
from tests.backend.chain.samples import (
    AGREEMENT,
    AMENDMENT,
    GRAIN,
    GUARANTOR,
    REF,
    as_tuple,
    conditions_tuple,
)

from tallystick.chain import codec
from tallystick.chain.abi import load_abi
from tallystick.chain.errors import LogUndecodable
from tallystick.loans.debt import Split
from tallystick.loans.events import (
    Accelerated,
    Amended,
    Assigned,
    AutopaySet,
    Claimed,
    Closed,
    CollateralAdded,
    CollateralReleased,
    CollateralSold,
    CollectFailed,
    Credited,
    Cured,
    Defaulted,
    NonceRevoked,
    Originated,
    Paid,
    PaidThrough,
    RecourseRecorded,
    RecourseRepaid,
    Restored,
    Settled,
    WrittenOff,
)
from tallystick.loans.kinds import Source

LOAN = bytes(range(32, 64))
ADA, BEN, TOKEN = AGREEMENT.borrower, AGREEMENT.lender, AGREEMENT.token
BIG = 2**256 - 1
TAG, MARK = b"counter".ljust(32, b"\0"), b"\x09" * 32

EVENTS = {e["name"]: e for e in load_abi("LoanBook") if e["type"] == "event"}

CASES: list[tuple[Any, list[Any]]] = [
    (
        Originated(REF, LOAN, ADA, BEN, AGREEMENT),
        [LOAN, ADA, BEN, as_tuple(AGREEMENT), conditions_tuple(AGREEMENT)],
    ),
    (
        Amended(REF, LOAN, MARK, AGREEMENT, AMENDMENT, Split(4, 5, 0, 6), 7, BIG),
        [
            *(LOAN, MARK, as_tuple(AGREEMENT), conditions_tuple(AGREEMENT), astuple(AMENDMENT)),
            *([4, 5, 6], 7, BIG),
        ],
    ),
    (Settled(REF, LOAN, Split(1, 2, 0, 3), 7, MARK), [LOAN, 1, 2, 3, 7, MARK]),
    *(
        (event, list(astuple(event)[1:]))
        for event in (
            Paid(REF, LOAN, ADA, Source.GUARANTOR, 1, 2, 3, 4, BIG),
            PaidThrough(REF, LOAN, TAG, MARK, 9),
            Closed(REF, LOAN),
            Credited(REF, LOAN, TOKEN, BEN, BIG),
            Claimed(REF, TOKEN, BEN, ADA, 9),
            CollectFailed(REF, LOAN, b"\x01\x02\x03\x04"),
            NonceRevoked(REF, BEN, BIG),
            AutopaySet(REF, LOAN, on=False),
            Restored(REF, LOAN),
            Defaulted(REF, LOAN, 61),
            Cured(REF, LOAN),
            Accelerated(REF, LOAN, 5, 6),
            WrittenOff(REF, LOAN, 7),
            RecourseRecorded(REF, LOAN, GUARANTOR, 8),
            RecourseRepaid(REF, LOAN, GUARANTOR, ADA, 3),
            CollateralAdded(REF, LOAN, ADA, GRAIN, 4),
            CollateralSold(REF, LOAN, BEN, GRAIN, 4, 5),
            CollateralReleased(REF, LOAN, ADA, GRAIN, 6),
            Assigned(REF, LOAN, BEN, GUARANTOR, TOKEN, 11),
        )
    ),
]


def signature(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(collapse_if_tuple(item) for item in entry['inputs'])})"


def as_log(name: str, values: list[Any]) -> tuple[bytes, bytes]:
    """Topics and data as the ABI says the contract lays them out."""
    entry = EVENTS[name]
    pairs = list(zip(entry["inputs"], values, strict=True))
    topics = keccak(text=signature(entry))
    for item, value in pairs:
        if item["indexed"]:
            topics += encode([item["type"]], [value])
    plain = [(collapse_if_tuple(item), value) for item, value in pairs if not item["indexed"]]
    return topics, encode([kind for kind, _ in plain], [value for _, value in plain])


def test_every_event_of_the_abi_has_a_decoder_and_a_case() -> None:
    assert set(EVENTS) - {"EIP712DomainChanged"} == set(codec.TOPICS)
    assert {type(event).__name__ for event, _ in CASES} == set(codec.TOPICS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case[0]).__name__)
def test_decoding(case: tuple[Any, list[Any]]) -> None:
    event, values = case
    topics, data = as_log(type(event).__name__, values)
    assert codec.decode(topics, data, REF) == event
    assert codec.event_name(topics) == type(event).__name__
    assert codec.loan_id_of(topics) == getattr(event, "loan_id", None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case[0]).__name__)
def test_a_log_of_the_wrong_size_is_refused(case: tuple[Any, list[Any]]) -> None:
    topics, data = as_log(type(case[0]).__name__, case[1])
    for broken in ((topics, data + b"\0"), (topics[:-32], data), (topics, data[:-1] or b"\0")):
        with pytest.raises(LogUndecodable):
            codec.decode(*broken, REF)


def test_payments_are_read_the_short_way_too() -> None:
    event, values = next(case for case in CASES if isinstance(case[0], Paid))
    topics, data = as_log("Paid", values)
    assert codec.paid_amounts(topics, data) == (1, 2, 3, 4, BIG)
    assert codec.paid_source(topics) is event.source
    for amounts in ((1, 2, 3, 4, 2**64 - 1), (2**64, 2, 3, 4, 5), (0, 0, 2**255, 0, 0)):
        data = b"".join(amount.to_bytes(32, "big") for amount in amounts)
        assert codec.paid_amounts(topics, data) == amounts
        assert codec.paid_source(topics) is event.source
    with pytest.raises(LogUndecodable):
        codec.paid_amounts(topics[:-1] + b"\x05", data)


def test_an_unknown_topic_or_kind_is_refused() -> None:
    with pytest.raises(LogUndecodable):
        codec.decode(b"\x01" * 32, b"", REF)
    terms = list(as_tuple(AGREEMENT))
    terms[11] = 7
    values = [LOAN, ADA, BEN, tuple(terms), conditions_tuple(AGREEMENT)]
    with pytest.raises(LogUndecodable):
        codec.decode(*as_log("Originated", values), REF)


def test_conditions_that_are_not_the_agreements_are_refused() -> None:
    other = replace(AGREEMENT, conditions=replace(AGREEMENT.conditions, default_days=1))
    values = [LOAN, ADA, BEN, as_tuple(AGREEMENT), conditions_tuple(other)]
    with pytest.raises(LogUndecodable):
        codec.decode(*as_log("Originated", values), REF)
