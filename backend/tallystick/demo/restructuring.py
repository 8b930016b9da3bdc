"""The terms on which a borrower in trouble goes on."""

from __future__ import annotations

import secrets
from dataclasses import replace

from tallystick.chain.hashing import keccak
from tallystick.demo.plan import Restructure
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import SECONDS_PER_DAY, date_of, day_at, month_day, ymd_of
from tallystick.loans.consents import Amendment
from tallystick.loans.debt import Owed
from tallystick.loans.installment import level_installment
from tallystick.loans.kinds import Status


def easier_terms(
    before: Agreement, loan_id: bytes, change: Restructure, owed: Owed, now: int
) -> tuple[Agreement, Amendment]:
    """New terms from the day of `now` (Unix seconds) for what is owed then, and what they amend.

    The loan is active under its first terms; all penalty is waived, interest becomes principal.
    """
    start = date_of(day_at(now))
    first = month_day(start.year, start.month, 1, start.day)
    principal = owed.outstanding + owed.due.interest + owed.accrued
    after = replace(
        before,
        principal=principal,
        installment=level_installment(
            *(principal, change.annual_rate, before.quantum, before.frequency, 1, change.count),
            *(start, first, start.day),
        ),
        annual_rate=change.annual_rate,
        count=change.count,
        start_date=ymd_of(start),
        first_due_date=ymd_of(first),
        due_day=start.day,
        amends=loan_id,
        conditions=replace(
            before.conditions,
            borrower_nonce=secrets.randbits(256),
            lender_nonce=secrets.randbits(256),
            deadline=now + SECONDS_PER_DAY,
        ),
    )
    amendment = Amendment(
        terms_before=loan_id,
        status_before=Status.ACTIVE,
        waived_penalty=owed.due.penalty,
        waived_interest=0,
        waived_principal=0,
        capitalise=True,
        watch_rows=change.watch_rows,
        reason=change.reason,
        plan_hash=keccak(secrets.token_bytes(32) + change.purpose.encode()),
    )
    return after, amendment
