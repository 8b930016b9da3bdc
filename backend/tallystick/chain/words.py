"""The agreement as ABI words: 21 static members of 32 bytes each, in the contract's order."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter

from tallystick.chain.hashing import to_checksum_address
from tallystick.loans.agreement import Agreement, Amortization, Frequency

MEMBERS: tuple[tuple[str, str, str], ...] = (
    ("address", "borrower", "borrower"),
    ("address", "lender", "lender"),
    ("address", "token", "token"),
    ("uint96", "principal", "principal"),
    ("uint96", "installment", "installment"),
    ("uint96", "quantum", "quantum"),
    ("uint64", "annualRate", "annual_rate"),
    ("uint64", "penaltyRate", "penalty_rate"),
    ("uint16", "graceDays", "grace_days"),
    ("uint16", "penaltyCapDays", "penalty_cap_days"),
    ("uint8", "amortization", "amortization"),
    ("uint8", "frequency", "frequency"),
    ("uint16", "every", "every"),
    ("uint16", "count", "count"),
    ("uint32", "startDate", "start_date"),
    ("uint32", "firstDueDate", "first_due_date"),
    ("uint8", "dueDay", "due_day"),
    ("bytes32", "documentHash", "document_hash"),
    ("uint256", "borrowerNonce", "borrower_nonce"),
    ("uint256", "lenderNonce", "lender_nonce"),
    ("uint40", "deadline", "deadline"),
)
"""Solidity type, Solidity name and Python name of each member, in EIP-712 order."""

AGREEMENT_SIZE = 32 * len(MEMBERS)

_ADDRESSES = attrgetter("borrower", "lender", "token")
_NUMBERS = attrgetter(*(name for _, _, name in MEMBERS[3:17]))
_AMORTIZATIONS = tuple(Amortization)
_FREQUENCIES = tuple(Frequency)


def agreement_words(agreement: Agreement) -> bytes:
    """The ABI encoding; raises OverflowError for a number below 0 or over 256 bits."""
    words = [bytes.fromhex(address[2:]).rjust(32, b"\0") for address in _ADDRESSES(agreement)]
    words += [number.to_bytes(32, "big") for number in _NUMBERS(agreement)]
    words.append(agreement.document_hash)
    words += [
        number.to_bytes(32, "big")
        for number in (agreement.borrower_nonce, agreement.lender_nonce, agreement.deadline)
    ]
    return b"".join(words)


def agreement_from_words(data: bytes) -> Agreement:
    """The agreement in the first 21 words of `data`, as the contract encodes them."""
    number = [int.from_bytes(data[at : at + 32], "big") for at in range(96, 544, 32)]
    return Agreement(
        address(data[12:32]),
        address(data[44:64]),
        address(data[76:96]),
        number[0],
        number[1],
        number[2],
        number[3],
        number[4],
        number[5],
        number[6],
        _AMORTIZATIONS[number[7]],
        _FREQUENCIES[number[8]],
        number[9],
        number[10],
        number[11],
        number[12],
        number[13],
        data[544:576],
        int.from_bytes(data[576:608], "big"),
        int.from_bytes(data[608:640], "big"),
        int.from_bytes(data[640:672], "big"),
    )


@lru_cache(maxsize=65_536)
def address(raw: bytes) -> str:
    """EIP-55 form of 20 bytes. Cached: the checksum costs a hash, and accounts repeat."""
    return to_checksum_address(raw)
