"""Custom rows on the chain: a contract whose code lists them."""

from __future__ import annotations

from tallystick.chain.hashing import keccak, to_checksum_address
from tallystick.chain.words import plan_code

FACTORY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
"""The customary CREATE2 factory, which development chains begin with: its calldata is a salt and
creation code."""

_SALT = bytes(32)


def store_call(plan: tuple[int, ...]) -> bytes:
    """Calldata of `FACTORY` that creates the contract; `plan` in base units."""
    return _SALT + _creation_code(plan)


def address_of(plan: tuple[int, ...]) -> str:
    """Where the contract stands, EIP-55: it follows from the content."""
    factory = bytes.fromhex(FACTORY[2:])
    made = keccak(b"\xff" + factory + _SALT + keccak(_creation_code(plan)))
    return to_checksum_address(made[12:])


def _creation_code(plan: tuple[int, ...]) -> bytes:
    code = plan_code(plan)
    # PUSH2 length, copy what follows these ten bytes to memory, return it
    return b"\x61" + len(code).to_bytes(2, "big") + bytes.fromhex("80600a3d393df3") + code
