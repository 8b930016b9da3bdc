"""What is signed, and its general encodings, shared by the tests of this folder."""

from __future__ import annotations

from typing import Any

from tallystick.chain.words import AGREEMENT as MEMBERS
from tallystick.chain.words import CONDITIONS, conditions_hash
from tallystick.loans.agreement import Agreement
from tallystick.loans.conditions import Conditions
from tallystick.loans.consents import Amendment, Assignment, Settlement
from tallystick.loans.events import EventRef
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Status,
    Transfer,
    Waterfall,
)
from tallystick.loans.members import NO_ADDRESS, NO_HASH

BOOK = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
GUARANTOR = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
GRAIN = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"

AGREEMENT = Agreement(
    borrower="0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    lender="0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    token="0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
    principal=1_200_000_000,
    installment=106_620_000,
    quantum=10_000,
    annual_rate=120_000_000,
    penalty_rate=60_000_000,
    prepayment_fee=0,
    grace_days=3,
    penalty_cap_days=180,
    amortization=Amortization.LEVEL,
    interest_method=InterestMethod.DECLINING,
    day_count=DayCount.THIRTY_360,
    prepayment=Prepayment.SHORTER_TERM,
    waterfall=Waterfall.PENALTY_INTEREST_PRINCIPAL,
    frequency=Frequency.MONTHS,
    every=1,
    count=12,
    grace_principal=0,
    grace_interest=0,
    start_date=20260131,
    first_due_date=20260228,
    due_day=31,
    rows=NO_ADDRESS,
    amends=NO_HASH,
    conditions=Conditions(
        document_hash=bytes(range(32)),
        borrower_nonce=1,
        lender_nonce=2**255 + 7,
        guarantor_nonce=5,
        deadline=1_800_000_000,
        default_days=60,
        acceleration_days=90,
        write_off_days=180,
        guarantor=GUARANTOR,
        guaranteed=400_000_000,
        guarantee_days=30,
        collateral_token=GRAIN,
        collateral=10**21,
        collateral_price=1_500_000_000,
        collateral_floor=900_000_000,
        auction_days=7,
        transfer=Transfer.LISTED,
        transferees=b"\x0a" * 32,
        gate="0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9",
        borrower_kind=b"\x0b" * 32,
        lender_kind=b"\x0c" * 32,
    ),
)
AMENDMENT = Amendment(
    terms_before=b"\x01" * 32,
    status_before=Status.DEFAULTED,
    waived_penalty=1,
    waived_interest=2,
    waived_principal=3,
    capitalise=True,
    watch_rows=6,
    reason=3,
    plan_hash=b"\x02" * 32,
)
SETTLEMENT = Settlement(b"\x03" * 32, 7, 2, b"\x04" * 32, 8, 2**256 - 1, 1_800_000_000)
ASSIGNMENT = Assignment(
    b"\x05" * 32, AGREEMENT.lender, GUARANTOR, AGREEMENT.token, 10**9, 4, 1_800_000_000
)

REF = EventRef(31337, BOOK, 7, b"\x07" * 32, 1_767_225_600, b"\x08" * 32, 3)


def as_tuple(agreement: Agreement) -> tuple[Any, ...]:
    """The agreement as eth_abi takes it."""
    values = (getattr(agreement, name) for _, _, name in MEMBERS.members)
    return (*values, conditions_hash(agreement.conditions))


def conditions_tuple(agreement: Agreement) -> tuple[Any, ...]:
    """Its conditions as eth_abi takes them."""
    return tuple(getattr(agreement.conditions, name) for _, _, name in CONDITIONS.members)
