"""Calls of the test dollar, which anyone mints."""

from __future__ import annotations

_MINT = bytes.fromhex("40c10f19")
_APPROVE = bytes.fromhex("095ea7b3")


def mint_call(to: str, amount: int) -> bytes:
    """Calldata of ``mint(address,uint256)``; base units."""
    return _MINT + _words(to, amount)


def approve_call(spender: str, amount: int) -> bytes:
    """Calldata of ``approve(address,uint256)``; base units."""
    return _APPROVE + _words(spender, amount)


def _words(account: str, amount: int) -> bytes:
    return bytes.fromhex(account[2:]).rjust(32, b"\0") + amount.to_bytes(32, "big")
