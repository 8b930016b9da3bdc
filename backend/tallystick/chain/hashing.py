"""Keccak-256 and the addresses that are written by it.

`eth_utils` has both, but importing it loads the whole ABI machinery, which a service that starts
has no use for. The hash is safe-pysha3's, which takes 1 µs for a short value where pycryptodome
takes 20; `eth_hash`, behind the libraries of tries, is told to take it too.
"""

from __future__ import annotations

import os
import re

from sha3 import keccak_256

os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
_ADDRESS = re.compile(r"[0-9a-f]{40}")
_HIGH = frozenset("89abcdef")


def keccak(data: bytes = b"", *, text: str | None = None) -> bytes:
    """Keccak-256 of some bytes, or of a text in UTF-8."""
    digest: bytes = keccak_256(data if text is None else text.encode()).digest()
    return digest


def to_checksum_address(account: str | bytes) -> str:
    """The EIP-55 form of 20 bytes, or of 40 digits in any case, with or without 0x.

    Raises ValueError for anything else.
    """
    digits = account.hex() if isinstance(account, bytes) else account.lower().removeprefix("0x")
    if not _ADDRESS.fullmatch(digits):
        raise ValueError(f"not an address: {account!r}")
    pairs = zip(digits, keccak(digits.encode()).hex(), strict=False)
    return "0x" + "".join(digit.upper() if high in _HIGH else digit for digit, high in pairs)
