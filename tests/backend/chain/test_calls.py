"""Encoding of every call, against eth_abi and the exported ABI."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils import keccak
from eth_utils.abi import collapse_if_tuple
from tests.backend.chain.samples import (
    AGREEMENT,
    AMENDMENT,
    ASSIGNMENT,
    SETTLEMENT,
    as_tuple,
    conditions_tuple,
)

from tallystick.chain import calls
from tallystick.chain.abi import load_abi
from tallystick.chain.calls import Consents

FUNCTIONS = {e["name"]: e for e in load_abi("LoanBook") if e["type"] == "function"}
ADA, TOKEN = AGREEMENT.borrower, AGREEMENT.token
BIG = 2**256 - 1
TERMS, CONDITIONS = as_tuple(AGREEMENT), conditions_tuple(AGREEMENT)
BOTH = Consents(borrower=b"\x01" * 65, lender=b"\x02" * 64)
GUARANTEED = Consents(b"", b"\x02" * 65, b"\x03" * 65, b"\x04", b"\x05" * 96)
MARK = b"\x09" * 32

CASES: list[tuple[str, bytes, list[Any]]] = [
    ("pay", calls.pay_call(AGREEMENT, BIG), [TERMS, BIG]),
    ("payoff", calls.payoff_call(AGREEMENT, 5), [TERMS, 5]),
    ("collect", calls.collect_call(AGREEMENT), [TERMS]),
    ("collectMany", calls.collect_many_call([AGREEMENT] * 3), [[TERMS] * 3]),
    ("collectMany", calls.collect_many_call([]), [[]]),
    *(
        ("originate", calls.originate_call(AGREEMENT, given), [TERMS, CONDITIONS, astuple(given)])
        for given in (BOTH, GUARANTEED)
    ),
    (
        "amend",
        calls.amend_call(AGREEMENT, AGREEMENT, AMENDMENT, GUARANTEED),
        [TERMS, TERMS, CONDITIONS, astuple(AMENDMENT), astuple(GUARANTEED)],
    ),
    (
        "settle",
        calls.settle_call(AGREEMENT, SETTLEMENT, b"\x01" * 65, b""),
        [TERMS, astuple(SETTLEMENT), b"\x01" * 65, b""],
    ),
    (
        "assign",
        calls.assign_call(AGREEMENT, ASSIGNMENT, b"\x01" * 65, b"\x02" * 7, b"", 9),
        [TERMS, CONDITIONS, astuple(ASSIGNMENT), b"\x01" * 65, b"\x02" * 7, b"", 9],
    ),
    (
        "payThrough",
        calls.pay_through_call(AGREEMENT, 3, b"counter", MARK),
        [TERMS, 3, b"counter".ljust(32, b"\0"), MARK],
    ),
    ("setAutopay", calls.set_autopay_call(AGREEMENT, on=False), [TERMS, False]),
    ("declareDefault", calls.declare_default_call(AGREEMENT), [TERMS, CONDITIONS]),
    ("accelerate", calls.accelerate_call(AGREEMENT), [TERMS, CONDITIONS]),
    ("writeOff", calls.write_off_call(AGREEMENT), [TERMS, CONDITIONS]),
    ("drawGuarantor", calls.draw_guarantor_call(AGREEMENT), [TERMS, CONDITIONS]),
    ("repayRecourse", calls.repay_recourse_call(AGREEMENT, ADA, 4), [TERMS, ADA, 4]),
    ("addCollateral", calls.add_collateral_call(AGREEMENT, 4), [TERMS, CONDITIONS, 4]),
    ("buyCollateral", calls.buy_collateral_call(AGREEMENT, 4, 5), [TERMS, CONDITIONS, 4, 5]),
    ("releaseCollateral", calls.release_collateral_call(AGREEMENT), [TERMS]),
    ("multicall", calls.multicall_call([b"\x01" * 5, b""]), [[b"\x01" * 5, b""]]),
    (
        "permit",
        calls.permit_call(TOKEN, ADA, 7, 8, 27, MARK, MARK),
        [TOKEN, ADA, 7, 8, 27, MARK, MARK],
    ),
    ("revokeNonce", calls.revoke_nonce_call(BIG), [BIG]),
    ("claim", calls.claim_call(TOKEN, ADA), [TOKEN, ADA]),
]


@pytest.mark.parametrize(("name", "call", "values"), CASES, ids=[name for name, _, _ in CASES])
def test_calldata(name: str, call: bytes, values: list[Any]) -> None:
    kinds = [collapse_if_tuple(item) for item in FUNCTIONS[name]["inputs"]]
    selector = keccak(text=f"{name}({','.join(kinds)})")[:4]
    assert call == selector + encode(kinds, values)


def test_every_call_that_changes_something_can_be_made() -> None:
    changing = {n for n, e in FUNCTIONS.items() if e["stateMutability"] == "nonpayable"}
    assert changing - {"permit2"} == {name for name, _, _ in CASES}
