"""The agreement as EIP-712 typed data: what wallets show and sign, its digest, and signatures.

The digest is the loan id. Hashing is laid out by hand because every member is one static word;
a test compares it with eth_account's general encoder and with the contract.
"""

from __future__ import annotations

from typing import Any

from tallystick.chain.errors import RpcRefused
from tallystick.chain.hashing import keccak, to_checksum_address
from tallystick.chain.rpc import Rpc
from tallystick.chain.words import MEMBERS, agreement_words
from tallystick.loans.agreement import Agreement

NAME = "Tallystick"
VERSION = "1"

DOMAIN_MEMBERS = (
    ("string", "name"),
    ("string", "version"),
    ("uint256", "chainId"),
    ("address", "verifyingContract"),
)
AGREEMENT_TYPE = "Agreement(" + ",".join(f"{kind} {name}" for kind, name, _ in MEMBERS) + ")"
AGREEMENT_TYPEHASH = keccak(text=AGREEMENT_TYPE)
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
    """The EIP-712 digest, 32 bytes: what both parties sign, and the loan's id."""
    struct_hash = keccak(AGREEMENT_TYPEHASH + agreement_words(agreement))
    return keccak(b"\x19\x01" + domain_separator(chain_id, book) + struct_hash)


def typed_data(agreement: Agreement, chain_id: int, book: str) -> dict[str, Any]:
    """The argument of ``eth_signTypedData_v4``; integers above 32 bits are decimal strings."""
    message: dict[str, Any] = {}
    for kind, name, attribute in MEMBERS:
        value = getattr(agreement, attribute)
        if kind == "bytes32":
            message[name] = "0x" + value.hex()
        elif kind == "address":
            message[name] = to_checksum_address(value)
        else:
            message[name] = int(value) if int(kind[4:]) <= 32 else str(value)
    return {
        "types": {
            "EIP712Domain": [{"name": name, "type": kind} for kind, name in DOMAIN_MEMBERS],
            "Agreement": [{"name": name, "type": kind} for kind, name, _ in MEMBERS],
        },
        "primaryType": "Agreement",
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
