"""Revert data to typed errors, by the custom errors in the book's ABI."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from tallystick.chain.abi import load_abi
from tallystick.chain.errors import BookRevert, RpcRefused
from tallystick.chain.hashing import keccak

_BUILT_IN: tuple[dict[str, Any], ...] = (
    {"type": "error", "name": "Error", "inputs": [{"name": "reason", "type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
)

_Inputs = tuple[tuple[str, str], ...]


def decode_revert(data: bytes) -> BookRevert:
    """The error that `data`, returned by a reverted call, encodes."""
    known = _errors().get(data[:4])
    if known is None:
        return BookRevert("Unknown", {"data": data}, data)
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    name, inputs = known
    try:
        values = decode([kind for _, kind in inputs], data[4:])
    except DecodingError:
        return BookRevert("Unknown", {"data": data}, data)
    arguments = dict(zip((key for key, _ in inputs), values, strict=True))
    if name in ("AgreementInvalid", "ConditionsInvalid"):  # a member's name, padded to one word
        arguments["field"] = arguments["field"].rstrip(b"\0").decode("ascii", "replace")
    return BookRevert(name, arguments, data)


def error_name(selector: bytes) -> str:
    """Name of the error with this 4-byte selector (see ``CollectFailed``), else its hex."""
    known = _errors().get(selector)
    return known[0] if known else "0x" + selector.hex()


def as_revert(error: RpcRefused) -> BookRevert | None:
    """The revert inside a refused ``eth_call`` or ``eth_estimateGas``, or None when it is none."""
    data = error.data.get("data") if isinstance(error.data, dict) else error.data
    if isinstance(data, str) and data.startswith("0x"):
        return decode_revert(bytes.fromhex(data[2:]))
    if error.code == 3 or "revert" in error.message:
        return BookRevert("Unknown", {"data": b""})
    return None


@cache
def _errors() -> dict[bytes, tuple[str, _Inputs]]:
    return {
        _selector(entry): (
            entry["name"],
            tuple((item["name"], item["type"]) for item in entry["inputs"]),
        )
        for entry in _entries()
    }


def _entries() -> Iterable[dict[str, Any]]:
    yield from (entry for entry in load_abi("LoanBook") if entry["type"] == "error")
    yield from (entry for entry in load_abi("RepairFund") if entry["type"] == "error")
    yield from (entry for entry in load_abi("ERC20") if entry["type"] == "error")
    yield from _BUILT_IN


def _selector(entry: dict[str, Any]) -> bytes:
    kinds = ",".join(item["type"] for item in entry["inputs"])
    return keccak(text=f"{entry['name']}({kinds})")[:4]
