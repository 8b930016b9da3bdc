"""Where `LoanBook` keeps a loan in its storage. A test compares this with the compiler's layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.chain.hashing import keccak
from tallystick.chain.words import address, address_word, word
from tallystick.loans.agreement import Agreement
from tallystick.loans.debt import Carry, Debt, Escrow, Guarantee, Penalty
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Status
from tallystick.loans.members import NO_ADDRESS

SLOTS = {
    "_debts": 0,
    "_penalties": 1,
    "_carries": 2,
    "_nonces": 3,
    "_credits": 4,
    "_terms": 5,
    "_holders": 6,
    "_guarantees": 7,
    "_escrows": 8,
}
"""Slot of each mapping of the book."""

OF_LOAN = ("_debts", "_penalties", "_carries", "_terms", "_holders", "_escrows")
"""Mappings by loan id whose values fill one word each: all that storage holds of a loan, beside
what its guarantors paid."""

DEBT_MEMBERS = (
    ("balance", 96),
    ("row_paid", 96),
    ("row", 16),
    ("accrued_to", 16),
    ("status", 3),
    ("late", 1),
    ("carried", 1),
    ("accelerated", 1),
    ("manual", 1),
    ("assigned", 1),
    ("amended", 1),
    ("watch_left", 8),
    ("watch_rows", 8),
)
"""Members of a `Debt` from the low bits, with their size in bits; packed by the book itself."""
_SEAT_AT = 249
"""In the word of the debt, from this bit on: the seat in which the holder of an assigned claim
stands, 0 for the loan's own word in `_holders`."""
PENALTY_MEMBERS = (("points", 128), ("paid", 104), ("day", 24))
CARRY_MEMBERS = (("deferred", 96), ("installment", 96))
GUARANTEE_MEMBERS = (("drawn", 96), ("recourse", 96))
ESCROW_MEMBERS = (("token", 160), ("amount", 96))
"""Of the others, as the compiler packs them."""

_NONE = Guarantee()


@dataclass(frozen=True, slots=True)
class Seat:
    """Where the book looks for a buyer of the lender's claims, before the loan's own word.

    Claims that a lender sells to one buyer share it; docs/adr/0006.
    """

    lender: str
    number: int

    @property
    def key(self) -> bytes:
        """Its storage key."""
        inner = keccak(address_word(self.lender) + word(self.number))
        return keccak(inner + word(SLOTS["_holders"]))


@dataclass(frozen=True, slots=True)
class Stored:
    """All that storage holds of a loan.

    `terms` and `holder` are None for the agreement's own; `guarantees` are by guarantor, those who
    never paid left out.
    """

    debt: Debt
    penalty: Penalty
    carry: Carry
    terms: bytes | None
    holder: str | None
    escrow: Escrow
    guarantees: dict[str, Guarantee]


def stored_of(state: LoanState) -> Stored:
    """What storage must hold of a loan in this state."""
    debt, penalty, carry = state.stored
    return Stored(
        debt=debt,
        penalty=penalty,
        carry=carry,
        terms=state.terms if debt.amended else None,
        holder=state.holder if debt.assigned else None,
        escrow=state.escrow,
        guarantees={who: paid for who, paid in state.guarantees.items() if paid != _NONE},
    )


def guarantors_of(agreements: Iterable[Agreement]) -> list[str]:
    """Everybody who answers for the borrower under one of the agreements, in order of address."""
    return sorted({a.conditions.guarantor for a in agreements} - {NO_ADDRESS})


def seat_of(state: LoanState) -> Seat | None:
    """The seat in which the holder of an assigned claim may stand; None when nobody bought it."""
    if not state.debt.assigned:
        return None
    return Seat(state.agreement.lender, 1 + int(state.holder, 16) % 127)


def loan_keys(loan_id: bytes, guarantors: Iterable[str], seat: Seat | None = None) -> list[bytes]:
    """Storage keys of everything about a loan.

    In the order of `OF_LOAN`, then by guarantor, and last the seat of the holder, if there is one.
    """
    keys = [keccak(loan_id + word(SLOTS[name])) for name in OF_LOAN]
    outer = keccak(loan_id + word(SLOTS["_guarantees"]))
    keys += [keccak(address_word(guarantor) + outer) for guarantor in guarantors]
    return keys if seat is None else [*keys, seat.key]


def unpack(words: Sequence[int], guarantors: Iterable[str], seat: Seat | None = None) -> Stored:
    """What the words at `loan_keys` say. Raises ValueError for no status, or for another seat."""
    debt_word, penalty, carry, terms, holder, escrow, *paid = words
    debt = unpack_debt(debt_word)
    seated = paid.pop() if seat is not None else 0
    taken = debt_word >> _SEAT_AT
    if taken and (seat is None or taken != seat.number):
        raise ValueError(f"the holder stands in seat {taken}")
    if taken:
        holder = seated
    kept = _split(escrow, ESCROW_MEMBERS)
    guarantees = {
        who: Guarantee(**_split(value, GUARANTEE_MEMBERS))
        for who, value in zip(guarantors, paid, strict=True)
        if value
    }
    return Stored(
        debt=debt,
        penalty=Penalty(**_split(penalty, PENALTY_MEMBERS)),
        carry=Carry(**_split(carry, CARRY_MEMBERS)),
        terms=word(terms) if debt.amended else None,
        holder=_address(holder) if debt.assigned else None,
        escrow=Escrow(_address(kept["token"]), kept["amount"]),
        guarantees=guarantees,
    )


def unpack_debt(debt_word: int) -> Debt:
    """The `Debt` in a word, as `DebtWord.unpack` reads it. Raises ValueError for no status."""
    values: dict[str, Any] = dict(_split(debt_word, DEBT_MEMBERS))
    flags = {name: bool(values[name]) for name, bits in DEBT_MEMBERS if bits == 1}
    return Debt(**(values | flags | {"status": Status(values["status"])}))


def credit_key(token: str, account: str) -> bytes:
    """Storage key of what waits in the book for `account`."""
    outer = keccak(address_word(token) + word(SLOTS["_credits"]))
    return keccak(address_word(account) + outer)


def _split(value: int, members: tuple[tuple[str, int], ...]) -> dict[str, int]:
    values: dict[str, int] = {}
    for name, bits in members:
        values[name] = value & ((1 << bits) - 1)
        value >>= bits
    return values


def _address(number: int) -> str:
    return address(number.to_bytes(20, "big"))
