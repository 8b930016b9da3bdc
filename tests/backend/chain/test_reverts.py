"""Custom errors of the book become typed errors with their arguments."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_utils import keccak
from tests.backend.chain.samples import AGREEMENT

from tallystick.chain.abi import load_abi
from tallystick.chain.errors import RpcRefused
from tallystick.chain.reverts import as_revert, decode_revert, error_name

ADA = AGREEMENT.borrower


def data_of(signature: str, values: list[object]) -> bytes:
    kinds = signature[signature.index("(") + 1 : -1]
    return keccak(text=signature)[:4] + encode(kinds.split(",") if kinds else [], values)


@pytest.mark.parametrize(
    ("signature", "values", "arguments"),
    [
        ("PayoffAbove(uint256,uint256)", [7, 5], {"payoff": 7, "maxAmount": 5}),
        ("NonceUsed(address,uint256)", [ADA, 3], {"owner": ADA.lower(), "nonce": 3}),
        ("AgreementInvalid(bytes32)", [b"dueDay".ljust(32, b"\0")], {"field": "dueDay"}),
        ("AmountZero()", [], {}),
        ("Error(string)", ["no"], {"reason": "no"}),
        ("Panic(uint256)", [17], {"code": 17}),
        (
            "ERC20InsufficientBalance(address,uint256,uint256)",
            [ADA, 1, 2],
            {"sender": ADA.lower(), "balance": 1, "needed": 2},
        ),
    ],
)
def test_known_errors(signature: str, values: list[object], arguments: dict[str, object]) -> None:
    data = data_of(signature, values)
    error = decode_revert(data)
    assert (error.name, error.arguments) == (signature.partition("(")[0], arguments)
    assert error_name(data[:4]) == error.name


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x02\x03\x04\x05"])
def test_unknown_data_stays_readable(data: bytes) -> None:
    assert decode_revert(data).name == "Unknown"
    assert decode_revert(data).arguments == {"data": data}


def test_a_known_selector_with_broken_arguments_is_unknown() -> None:
    assert decode_revert(data_of("PayoffAbove(uint256,uint256)", [7, 5])[:-1]).name == "Unknown"


def test_every_error_of_the_book_has_its_own_selector() -> None:
    names = [entry["name"] for entry in load_abi("LoanBook") if entry["type"] == "error"]
    assert len(names) == len(set(names)) >= 12


def test_nodes_word_reverts_differently() -> None:
    text = "0x" + data_of("AmountZero()", []).hex()
    for given in (text, {"data": text}):
        error = as_revert(RpcRefused("eth_call", 3, "execution reverted", given))
        assert error is not None
        assert error.name == "AmountZero"
    assert as_revert(RpcRefused("eth_call", -32602, "invalid params")) is None
