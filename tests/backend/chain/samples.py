"""An agreement and its general encodings, shared by the tests of this folder."""

from __future__ import annotations

from typing import Any

from tallystick.chain.words import MEMBERS
from tallystick.loans.agreement import Agreement
from tallystick.loans.events import EventRef
from tallystick.loans.kinds import Amortization, Frequency

BOOK = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
TUPLE = "(" + ",".join(kind for kind, _, _ in MEMBERS) + ")"

AGREEMENT = Agreement(
    borrower="0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    lender="0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    token="0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
    principal=1_200_000_000,
    installment=106_620_000,
    quantum=10_000,
    annual_rate=120_000_000,
    penalty_rate=60_000_000,
    grace_days=3,
    penalty_cap_days=180,
    amortization=Amortization.LEVEL,
    frequency=Frequency.MONTHS,
    every=1,
    count=12,
    start_date=20260131,
    first_due_date=20260228,
    due_day=31,
    document_hash=bytes(range(32)),
    borrower_nonce=1,
    lender_nonce=2**255 + 7,
    deadline=1_800_000_000,
)

REF = EventRef(31337, BOOK, 7, b"\x07" * 32, 1_767_225_600, b"\x08" * 32, 3)


def as_tuple(agreement: Agreement) -> tuple[Any, ...]:
    """The agreement as eth_abi takes it."""
    return tuple(getattr(agreement, name) for _, _, name in MEMBERS)
