"""Decoding of every event and encoding of every call, against eth_abi and the exported ABI."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils import keccak
from eth_utils.abi import collapse_if_tuple
from tests.backend.chain.samples import AGREEMENT, REF, as_tuple

from tallystick.chain import codec
from tallystick.chain.abi import load_abi
from tallystick.chain.errors import LogUndecodable
from tallystick.loans.events import (
    Claimed,
    Closed,
    CollectFailed,
    Credited,
    NonceRevoked,
    Originated,
    Paid,
)

LOAN = bytes(range(32, 64))
ADA, BEN, TOKEN = AGREEMENT.borrower, AGREEMENT.lender, AGREEMENT.token
BIG = 2**256 - 1

ABI = {(e["type"], e["name"]): e for e in load_abi("LoanBook") if "name" in e}

CASES: list[tuple[Any, dict[str, Any]]] = [
    (
        Originated(REF, LOAN, ADA, BEN, AGREEMENT),
        {"loanId": LOAN, "borrower": ADA, "lender": BEN, "agreement": as_tuple(AGREEMENT)},
    ),
    (
        Paid(REF, LOAN, ADA, 1, 2, 3, BIG, collected=True),
        {
            "loanId": LOAN,
            "payer": ADA,
            "penalty": 1,
            "interest": 2,
            "principal": 3,
            "outstanding": BIG,
            "collected": True,
        },
    ),
    (Closed(REF, LOAN), {"loanId": LOAN}),
    (
        Credited(REF, LOAN, TOKEN, BEN, BIG),
        {"loanId": LOAN, "token": TOKEN, "account": BEN, "amount": BIG},
    ),
    (Claimed(REF, TOKEN, BEN, ADA, 9), {"token": TOKEN, "account": BEN, "to": ADA, "amount": 9}),
    (
        CollectFailed(REF, LOAN, b"\x01\x02\x03\x04"),
        {"loanId": LOAN, "reason": b"\x01\x02\x03\x04"},
    ),
    (NonceRevoked(REF, BEN, BIG), {"owner": BEN, "nonce": BIG}),
]


def signature(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(collapse_if_tuple(item) for item in entry['inputs'])})"


def as_log(name: str, values: dict[str, Any]) -> tuple[bytes, bytes]:
    """Topics and data as the ABI says the contract lays them out."""
    entry = ABI["event", name]
    topics = keccak(text=signature(entry))
    plain = [item for item in entry["inputs"] if not item["indexed"]]
    for item in entry["inputs"]:
        if item["indexed"]:
            topics += encode([item["type"]], [values[item["name"]]])
    kinds = [collapse_if_tuple(item) for item in plain]
    return topics, encode(kinds, [values[item["name"]] for item in plain])


def test_every_event_of_the_abi_has_a_decoder() -> None:
    names = {name for kind, name in ABI if kind == "event"}
    assert names - {"EIP712DomainChanged"} == set(codec.TOPICS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case[0]).__name__)
def test_decoding(case: tuple[Any, dict[str, Any]]) -> None:
    event, values = case
    topics, data = as_log(type(event).__name__, values)
    assert codec.decode(topics, data, REF) == event
    assert codec.event_name(topics) == type(event).__name__
    assert codec.loan_id_of(topics) == getattr(event, "loan_id", None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case[0]).__name__)
def test_a_log_of_the_wrong_size_is_refused(case: tuple[Any, dict[str, Any]]) -> None:
    topics, data = as_log(type(case[0]).__name__, case[1])
    for broken in ((topics, data + b"\0"), (topics[:-32], data), (topics, data[:-1] or b"\0")):
        with pytest.raises(LogUndecodable):
            codec.decode(*broken, REF)


def test_an_unknown_topic_or_kind_is_refused() -> None:
    with pytest.raises(LogUndecodable):
        codec.decode(b"\x01" * 32, b"", REF)
    topics, data = as_log(*_originated_of_kind(7))
    with pytest.raises(LogUndecodable):
        codec.decode(topics, data, REF)


def _originated_of_kind(kind: int) -> tuple[str, dict[str, Any]]:
    words = list(as_tuple(AGREEMENT))
    words[10] = kind
    return "Originated", {"loanId": LOAN, "borrower": ADA, "lender": BEN, "agreement": tuple(words)}


TERMS = as_tuple(AGREEMENT)
CALLS: list[tuple[str, bytes, list[Any]]] = [
    ("originate", codec.originate_call(AGREEMENT, b"\x01" * 65, b""), [TERMS, b"\x01" * 65, b""]),
    ("originate", codec.originate_call(AGREEMENT, b"", b"\x02" * 64), [TERMS, b"", b"\x02" * 64]),
    ("pay", codec.pay_call(AGREEMENT, BIG), [TERMS, BIG]),
    ("payoff", codec.payoff_call(AGREEMENT, 5), [TERMS, 5]),
    ("collect", codec.collect_call(AGREEMENT), [TERMS]),
    ("collectMany", codec.collect_many_call([AGREEMENT] * 3), [[TERMS] * 3]),
    ("collectMany", codec.collect_many_call([]), [[]]),
    ("revokeNonce", codec.revoke_nonce_call(BIG), [BIG]),
    ("claim", codec.claim_call(TOKEN, ADA), [TOKEN, ADA]),
]


@pytest.mark.parametrize(("name", "call", "values"), CALLS)
def test_calldata(name: str, call: bytes, values: list[Any]) -> None:
    entry = ABI["function", name]
    kinds = [collapse_if_tuple(item) for item in entry["inputs"]]
    assert call == keccak(text=signature(entry))[:4] + encode(kinds, values)
