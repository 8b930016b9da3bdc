"""EIP-712 typed data of everything that parties sign, written down independently of the product."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from brownie import chain
from eth_abi import encode
from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils import keccak

Members = tuple[tuple[str, str], ...]


def _members(text: str) -> Members:
    """`"address a,uint96 b"` as pairs of name and type."""
    return tuple((name, kind) for kind, name in (m.split() for m in text.split(",")))


AGREEMENT = _members(
    "address borrower,address lender,address token,uint96 principal,uint96 installment,"
    "uint96 quantum,uint64 annualRate,uint64 penaltyRate,uint64 prepaymentFee,uint16 graceDays,"
    "uint16 penaltyCapDays,uint8 amortization,uint8 interestMethod,uint8 dayCount,"
    "uint8 prepayment,uint8 waterfall,uint8 frequency,uint16 every,uint16 count,"
    "uint16 gracePrincipal,uint16 graceInterest,uint32 startDate,uint32 firstDueDate,"
    "uint8 dueDay,address rows,bytes32 amends,Conditions conditions"
)
CONDITIONS = _members(
    "bytes32 documentHash,uint256 borrowerNonce,uint256 lenderNonce,uint256 guarantorNonce,"
    "uint40 deadline,uint16 defaultDays,uint16 accelerationDays,uint16 writeOffDays,"
    "address guarantor,uint96 guaranteed,uint16 guaranteeDays,address collateralToken,"
    "uint96 collateral,uint96 collateralPrice,uint96 collateralFloor,uint16 auctionDays,"
    "uint8 transfer,bytes32 transferees,address gate,bytes32 borrowerKind,bytes32 lenderKind"
)
_DECISIONS = _members(
    "bytes32 termsBefore,uint8 statusBefore,uint96 waivedPenalty,uint96 waivedInterest,"
    "uint96 waivedPrincipal,bool capitalise,uint8 watchRows,uint8 reason,bytes32 planHash"
)
AMENDMENT = (("agreement", "Agreement"), *_DECISIONS)
SETTLEMENT = _members(
    "bytes32 terms,uint96 amount,uint8 reason,bytes32 planHash,uint256 borrowerNonce,"
    "uint256 lenderNonce,uint40 deadline"
)
ASSIGNMENT = _members(
    "bytes32 loanId,address from,address to,address token,uint96 price,uint256 nonce,"
    "uint40 deadline"
)
ATTESTATION = _members("address subject,bytes32 kind,uint40 issuedAt,uint40 expiresAt,bytes32 salt")
PERMIT = _members("address owner,address spender,uint256 value,uint256 nonce,uint256 deadline")
PERMIT_DETAILS = _members("address token,uint160 amount,uint48 expiration,uint48 nonce")
PERMIT_SINGLE: Members = (
    ("details", "PermitDetails"),
    ("spender", "address"),
    ("sigDeadline", "uint256"),
)
_DOMAIN = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
}
_STRUCTS = {
    "Agreement": AGREEMENT,
    "Conditions": CONDITIONS,
    "Amendment": AMENDMENT,
    "Settlement": SETTLEMENT,
    "Assignment": ASSIGNMENT,
    "Attestation": ATTESTATION,
    "Permit": PERMIT,
    "PermitSingle": PERMIT_SINGLE,
    "PermitDetails": PERMIT_DETAILS,
}

AGREEMENT_TUPLE = "({})".format(
    ",".join("bytes32" if kind == "Conditions" else kind for _, kind in AGREEMENT)
)
"""The agreement in the ABI: its conditions are their hash."""


def message(primary: str, value: dict[str, Any], domain: dict[str, Any]) -> SignableMessage:
    """What is signed; structs that the primary type refers to are found by name."""
    types = {"EIP712Domain": [{"name": n, "type": _DOMAIN[n]} for n in domain]}
    wanted = [primary]
    while wanted:
        name = wanted.pop()
        types[name] = [{"name": n, "type": kind} for n, kind in _STRUCTS[name]]
        wanted += [kind for _, kind in _STRUCTS[name] if kind in _STRUCTS]
    data = {"types": types, "primaryType": primary, "domain": domain, "message": value}
    return encode_typed_data(full_message=data)


def of_book(book: Any) -> dict[str, Any]:
    """The book's EIP-712 domain."""
    return {
        "name": "Tallystick",
        "version": "1",
        "chainId": chain.id,
        "verifyingContract": book.address,
    }


def as_struct(members: Members, value: Any) -> dict[str, Any]:
    """A dataclass of the product as the message's object, member names as in Solidity."""
    return {
        name: as_struct(_STRUCTS[kind], _member(value, name))
        if kind in _STRUCTS
        else _plain(_member(value, name))
        for name, kind in members
    }


def as_tuple(members: Members, value: Any) -> tuple[Any, ...]:
    """A dataclass of the product as the ABI's tuple; nested conditions are their hash."""
    return tuple(
        conditions_hash(member) if kind == "Conditions" else _plain(member)
        for kind, member in ((kind, _member(value, name)) for name, kind in members)
    )


def conditions_hash(conditions: Any) -> bytes:
    """EIP-712 struct hash of the conditions."""
    text = ",".join(f"{kind} {name}" for name, kind in CONDITIONS)
    values = as_tuple(CONDITIONS, conditions)
    kinds = ["bytes32", *(kind for _, kind in CONDITIONS)]
    return keccak(encode(kinds, [keccak(text=f"Conditions({text})"), *values]))


def digest(signable: SignableMessage) -> bytes:
    """The hash that is signed."""
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def decisions(amendment: Any) -> dict[str, Any]:
    return as_struct(_DECISIONS, amendment)


def amendment_tuple(amendment: Any) -> tuple[Any, ...]:
    return as_tuple(_DECISIONS, amendment)


def snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda m: "_" + m[0].lower(), name)


def _member(value: Any, name: str) -> Any:
    wanted = snake(name)
    if wanted == "from":
        wanted = "from_"
    assert wanted in {f.name for f in fields(value)}, f"{type(value).__name__} has no {wanted}"
    return getattr(value, wanted)


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return int(value) if isinstance(value, int) else value
