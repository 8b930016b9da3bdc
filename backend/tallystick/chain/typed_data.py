"""What wallets show and sign as EIP-712 typed data, its digests, and signatures.

Signed are agreements, amendments, settlements and transfers of claims.

The digest of a loan's first agreement is the loan id. Hashing is laid out by hand because every
member is one static word; a test compares it with eth_account's general encoder and with the
contract.
"""

from __future__ import annotations

from typing import Any

from tallystick.chain.errors import RpcRefused
from tallystick.chain.hashing import keccak, to_checksum_address
from tallystick.chain.rpc import Rpc
from tallystick.chain.words import (
    AGREEMENT,
    AMENDMENT,
    ASSIGNMENT,
    CONDITIONS,
    CONDITIONS_TYPE,
    SETTLEMENT,
    Struct,
    agreement_words,
)
from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Amendment, Assignment, Settlement

NAME = "Tallystick"
VERSION = "1"

DOMAIN_MEMBERS = (
    ("string", "name"),
    ("string", "version"),
    ("uint256", "chainId"),
    ("address", "verifyingContract"),
)
AGREEMENT_TYPE = f"Agreement({AGREEMENT.text},Conditions conditions){CONDITIONS_TYPE}"
AMENDMENT_TYPE = f"Amendment(Agreement agreement,{AMENDMENT.text}){AGREEMENT_TYPE}"
SETTLEMENT_TYPE = f"Settlement({SETTLEMENT.text})"
ASSIGNMENT_TYPE = f"Assignment({ASSIGNMENT.text})"
AGREEMENT_TYPEHASH, AMENDMENT_TYPEHASH, SETTLEMENT_TYPEHASH, ASSIGNMENT_TYPEHASH = (
    keccak(text=kind) for kind in (AGREEMENT_TYPE, AMENDMENT_TYPE, SETTLEMENT_TYPE, ASSIGNMENT_TYPE)
)
_DOMAIN_TYPE = "EIP712Domain(" + ",".join(f"{kind} {name}" for kind, name in DOMAIN_MEMBERS) + ")"
_DOMAIN_PREFIX = keccak(text=_DOMAIN_TYPE) + keccak(text=NAME) + keccak(text=VERSION)

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_IS_VALID_SIGNATURE = bytes.fromhex("1626ba7e")


def domain_separator(chain_id: int, book: str) -> bytes:
    """Hash of the EIP-712 domain of the book at address `book`."""
    return keccak(
        _DOMAIN_PREFIX + chain_id.to_bytes(32, "big") + bytes.fromhex(book[2:]).rjust(32, b"\0")
    )


def digest(agreement: Agreement, chain_id: int, book: str) -> bytes:
    """The EIP-712 digest, 32 bytes: what both parties sign, and the id of a new loan."""
    return _digest(_agreement_hash(agreement), chain_id, book)


def amendment_digest(
    agreement_after: Agreement, amendment: Amendment, chain_id: int, book: str
) -> bytes:
    """What borrower, holder and guarantor sign for new terms."""
    members = _agreement_hash(agreement_after) + AMENDMENT.encode(amendment)
    return _digest(keccak(AMENDMENT_TYPEHASH + members), chain_id, book)


def settlement_digest(settlement: Settlement, chain_id: int, book: str) -> bytes:
    """What borrower and holder sign to end a loan for an agreed amount."""
    return _digest(keccak(SETTLEMENT_TYPEHASH + SETTLEMENT.encode(settlement)), chain_id, book)


def assignment_digest(assignment: Assignment, chain_id: int, book: str) -> bytes:
    """What the holder, and the borrower where its consent is needed, sign to transfer a claim."""
    return _digest(keccak(ASSIGNMENT_TYPEHASH + ASSIGNMENT.encode(assignment)), chain_id, book)


def typed_data(agreement: Agreement, chain_id: int, book: str) -> dict[str, Any]:
    """The argument of ``eth_signTypedData_v4``; integers above 32 bits are decimal strings."""
    types = {"Agreement": _AGREEMENT_MEMBERS, "Conditions": _listed(CONDITIONS)}
    return _document("Agreement", types, _agreement_message(agreement), chain_id, book)


def amendment_typed_data(
    agreement_after: Agreement, amendment: Amendment, chain_id: int, book: str
) -> dict[str, Any]:
    """As `typed_data`, for new terms."""
    types = {
        "Amendment": [{"name": "agreement", "type": "Agreement"}, *_listed(AMENDMENT)],
        "Agreement": _AGREEMENT_MEMBERS,
        "Conditions": _listed(CONDITIONS),
    }
    message = {"agreement": _agreement_message(agreement_after)} | _message(AMENDMENT, amendment)
    return _document("Amendment", types, message, chain_id, book)


def settlement_typed_data(settlement: Settlement, chain_id: int, book: str) -> dict[str, Any]:
    """As `typed_data`, for a settlement."""
    types = {"Settlement": _listed(SETTLEMENT)}
    return _document("Settlement", types, _message(SETTLEMENT, settlement), chain_id, book)


def assignment_typed_data(assignment: Assignment, chain_id: int, book: str) -> dict[str, Any]:
    """As `typed_data`, for a transfer of the claim."""
    types = {"Assignment": _listed(ASSIGNMENT)}
    return _document("Assignment", types, _message(ASSIGNMENT, assignment), chain_id, book)


def _agreement_hash(agreement: Agreement) -> bytes:
    hash_: bytes = keccak(AGREEMENT_TYPEHASH + agreement_words(agreement))
    return hash_


def _digest(struct_hash: bytes, chain_id: int, book: str) -> bytes:
    return keccak(b"\x19\x01" + domain_separator(chain_id, book) + struct_hash)


def _listed(struct: Struct) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for kind, name, _ in struct.members]


_AGREEMENT_MEMBERS = [*_listed(AGREEMENT), {"name": "conditions", "type": "Conditions"}]


def _agreement_message(agreement: Agreement) -> dict[str, Any]:
    conditions = _message(CONDITIONS, agreement.conditions)
    return _message(AGREEMENT, agreement) | {"conditions": conditions}


def _message(struct: Struct, value: Any) -> dict[str, Any]:
    return {
        name: _shown(kind, getattr(value, attribute)) for kind, name, attribute in struct.members
    }


def _shown(kind: str, value: Any) -> Any:
    if kind == "bytes32":
        return "0x" + value.hex()
    if kind == "address":
        return to_checksum_address(value)
    if kind == "bool":
        return value
    return int(value) if int(kind[4:]) <= 32 else str(value)


def _document(
    primary: str,
    types: dict[str, list[dict[str, str]]],
    message: dict[str, Any],
    chain_id: int,
    book: str,
) -> dict[str, Any]:
    domain = [{"name": name, "type": kind} for kind, name in DOMAIN_MEMBERS]
    return {
        "types": {"EIP712Domain": domain} | types,
        "primaryType": primary,
        "domain": {
            "name": NAME,
            "version": VERSION,
            "chainId": chain_id,
            "verifyingContract": to_checksum_address(book),
        },
        "message": message,
    }


def recover(digest_: bytes, signature: bytes) -> str | None:
    """The EIP-55 address that made an ECDSA signature, or None when it is none.

    Accepts what the book accepts: 65 bytes with v 27 or 28, or 64 bytes (EIP-2098); low s only.
    """
    if len(signature) == 65:
        r, s, parity = signature[:32], signature[32:64], signature[64] - 27
    elif len(signature) == 64:
        top = signature[32] >> 7
        r, s, parity = signature[:32], bytes([signature[32] & 0x7F]) + signature[33:], top
    else:
        return None
    if parity not in (0, 1) or int.from_bytes(s, "big") > _HALF_ORDER:
        return None
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    try:
        numbers = (parity, int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        key = Signature(vrs=numbers).recover_public_key_from_msg_hash(digest_)
    except (BadSignature, ValidationError):
        return None
    return key.to_checksum_address()


def signed_by(rpc: Rpc, account: str, digest_: bytes, signature: bytes) -> bool:
    """Whether `account` signed `digest_`, judged as the book does now.

    Its own key counts first, also for accounts with delegated (EIP-7702) code; otherwise a
    contract account is asked by ERC-1271. Raises RpcUnavailable.
    """
    if recover(digest_, signature) == to_checksum_address(account):
        return True
    call = _IS_VALID_SIGNATURE + digest_ + (64).to_bytes(32, "big")
    call += len(signature).to_bytes(32, "big") + signature + bytes(-len(signature) % 32)
    try:
        code, answer = rpc.batch(
            [
                ("eth_getCode", (account, "latest")),
                ("eth_call", ({"to": account, "data": "0x" + call.hex()}, "latest")),
            ]
        )
    except RpcRefused:  # the wallet reverted
        return False
    return code != "0x" and bytes.fromhex(answer[2:])[:32] == _IS_VALID_SIGNATURE.ljust(32, b"\0")
