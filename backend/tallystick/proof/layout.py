"""Where `LoanBook` keeps a loan in its storage. A test compares this with the compiler's layout."""

from __future__ import annotations

from tallystick.chain.hashing import keccak
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import Debt, Penalty

DEBTS_SLOT = 2
"""Slot of `mapping(bytes32 => uint256) _debts`; 0 and 1 are OpenZeppelin's EIP712 names."""
PENALTIES_SLOT = 3
"""Slot of `mapping(bytes32 => Penalty) _penalties`; a `Penalty` fills one word."""
CREDITS_SLOT = 5
"""Slot of `mapping(address token => mapping(address account => uint256)) _credits`."""

PENALTY_MEMBERS = (("points", 128), ("paid", 104), ("day", 24))
"""Members of `Penalty` from the low bits, with their size in bits."""


def debt_key(loan_id: bytes) -> bytes:
    """Storage key of a loan's `Debt` word."""
    return keccak(loan_id + DEBTS_SLOT.to_bytes(32, "big"))


def penalty_key(loan_id: bytes) -> bytes:
    """Storage key of a loan's `Penalty` word."""
    return keccak(loan_id + PENALTIES_SLOT.to_bytes(32, "big"))


def credit_key(token: str, account: str) -> bytes:
    """Storage key of what waits in the book for `account`."""
    outer = keccak(_address_word(token) + CREDITS_SLOT.to_bytes(32, "big"))
    return keccak(_address_word(account) + outer)


def unpack_debt(word: int) -> Debt:
    """The `Debt` in a word, as `DebtWord.unpack` reads it. Raises ValueError for no status."""
    return Debt(
        balance=_bits(word, 0, 96),
        row_paid=_bits(word, 96, 96),
        row=_bits(word, 192, 16),
        accrued_to=_bits(word, 208, 16),
        status=Status(_bits(word, 224, 8)),
        late=word >> 232 != 0,
    )


def unpack_penalty(word: int) -> Penalty:
    """The `Penalty` in a word."""
    values, at = {}, 0
    for name, size in PENALTY_MEMBERS:
        values[name] = _bits(word, at, size)
        at += size
    return Penalty(**values)


def _bits(word: int, at: int, size: int) -> int:
    return (word >> at) & ((1 << size) - 1)


def _address_word(account: str) -> bytes:
    return bytes.fromhex(account[2:]).rjust(32, b"\0")
