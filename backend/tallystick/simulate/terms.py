"""The terms on which people lend to each other in a simulation."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from tallystick.chain.hashing import keccak
from tallystick.demo.people import Person
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import SECONDS_PER_DAY, month_day, ymd_of
from tallystick.loans.conditions import Conditions
from tallystick.loans.installment import level_installment
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Waterfall,
)
from tallystick.loans.members import NO_ADDRESS, NO_HASH
from tallystick.simulate.people import UNIT, Borrower

_CENT = UNIT // 100
_RATES = (120_000_000, 180_000_000, 240_000_000, 300_000_000)
DEFAULT_DAYS, ACCELERATION_DAYS, WRITE_OFF_DAYS = 60, 90, 150


def agree(
    borrower: Borrower,
    lender: Person,
    token: str,
    start: date,
    chance: random.Random,
    guarantor: Person | None,
) -> Agreement:
    """A loan whose installments take a part of what the borrower has left in a month."""
    weekly = chance.random() < 0.15
    frequency = Frequency.WEEKS if weekly else Frequency.MONTHS
    every = 2 if weekly else 1
    count = chance.choice((6, 8, 12)) if weekly else chance.choice((3, 6, 9, 12, 18))
    rate = chance.choice(_RATES)
    share = chance.uniform(0.5, 0.9) * (0.4 if weekly else 1.0)
    principal = max(20 * UNIT, int(borrower.spare * share * count) // UNIT * UNIT)
    due_day = 0 if weekly else min(28, borrower.payday + 1)
    monthly = month_day(start.year, start.month, 1, due_day or 1)
    first = start + timedelta(days=14) if weekly else monthly
    nonce = chance.getrandbits(255)
    agreement = Agreement(
        borrower=borrower.person.address,
        lender=lender.address,
        token=token,
        principal=principal,
        installment=0,
        quantum=_CENT,
        annual_rate=rate,
        penalty_rate=rate // 2,
        prepayment_fee=0,
        grace_days=3,
        penalty_cap_days=180,
        amortization=Amortization.LEVEL,
        interest_method=InterestMethod.DECLINING,
        day_count=DayCount.THIRTY_360,
        prepayment=Prepayment.SHORTER_TERM,
        waterfall=Waterfall.PENALTY_INTEREST_PRINCIPAL,
        frequency=frequency,
        every=every,
        count=count,
        grace_principal=0,
        grace_interest=0,
        start_date=ymd_of(start),
        first_due_date=ymd_of(first),
        due_day=due_day,
        rows=NO_ADDRESS,
        amends=NO_HASH,
        conditions=Conditions(
            document_hash=keccak(text=f"simulated agreement {nonce}"),
            borrower_nonce=nonce,
            lender_nonce=nonce,
            guarantor_nonce=nonce if guarantor else 0,
            deadline=(start.toordinal() - date(1970, 1, 1).toordinal() + 2) * SECONDS_PER_DAY,
            default_days=DEFAULT_DAYS,
            acceleration_days=ACCELERATION_DAYS,
            write_off_days=WRITE_OFF_DAYS,
            guarantor=guarantor.address if guarantor else NO_ADDRESS,
            guaranteed=principal // 4 if guarantor else 0,
            guarantee_days=20 if guarantor else 0,
        ),
    )
    installment = level_installment(
        *(principal, rate, _CENT, frequency, every, count, start, first, due_day)
    )
    return replace(agreement, installment=installment)
