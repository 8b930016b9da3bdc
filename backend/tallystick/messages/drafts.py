"""What a loan, an event or a failed pull gives occasion to tell. Values only; nothing is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tallystick.loans.calendar import date_from_ymd, date_of, day_at
from tallystick.loans.events import (
    Accelerated,
    Amended,
    Assigned,
    BookEvent,
    Closed,
    CollateralSold,
    Defaulted,
    Paid,
    RecourseRecorded,
    Restored,
)
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Source as Origin
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import open_rows, owed_at
from tallystick.loans.statements.sheet import Currency
from tallystick.messages.facts import Facts, money
from tallystick.messages.outbox import Source
from tallystick.messages.rules import Rules
from tallystick.settlement.attempts import Attempt

_OWN = (Origin.PAID, Origin.COLLECTED, Origin.SETTLEMENT)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be put into the outbox; see `outbox.enqueue`."""

    recipient: str
    kind: str
    facts: Facts
    key: str
    topic: str | None = None
    source: Source | None = None


def loan_text(loan_id: bytes) -> str:
    """A loan's id as messages write it."""
    return f"0x{loan_id.hex()}"


def reminder(loan: LoanState, today: int, currency: Currency, rules: Rules) -> Draft | None:
    """What a borrower is to be told of the loan's oldest unpaid row today, if anything.

    Of several days that have passed only the last counts: whoever was away, reader or service,
    gets one reminder and not all that were missed. `today` counts since 1970-01-01.
    """
    if loan.debt.status not in (Status.ACTIVE, Status.DEFAULTED):
        return None
    row = next((row for row in open_rows(loan.agreement, loan.stored) if row.unpaid), None)
    if row is None:
        return None
    late = today - row.due
    if loan.debt.accelerated and late <= 0:  # told by what called it due
        return None
    step = _step(late, rules)
    if step is None:
        return None
    owed = owed_at(loan.agreement, loan.stored, max(today, row.due)).due.total
    id_ = loan_text(loan.loan_id)
    due_date = date_of(row.due).isoformat()
    facts: dict[str, Any] = {
        "loan": id_,
        "amount": money(owed, currency),
        "due_date": due_date,
    }
    if late > 0:
        kind = "overdue"
        facts |= {"days": late, "next": _next(loan, late)}
    else:
        kind = "due_soon" if late < 0 else "due_today"
        facts["how"] = "paid" if loan.debt.manual else "collected"
    key = f"{id_}:{due_date}:{step}"
    return Draft(loan.agreement.borrower, kind, facts, key, topic=f"{id_}:due")


def failed_pull(loan: LoanState, attempt: Attempt, currency: Currency) -> Draft | None:
    """Told at once, and again only for another reason or another row."""
    row = next((row for row in open_rows(loan.agreement, loan.stored) if row.unpaid), None)
    if row is None or attempt.reason is None or attempt.retry_at is None:
        return None
    available = attempt.shortfall[0] if attempt.shortfall else attempt.amount
    id_, due_date = loan_text(loan.loan_id), date_of(row.due).isoformat()
    facts = {
        "loan": id_,
        "amount": money(attempt.amount, currency),
        "available": money(available, currency),
        "due_date": due_date,
        "reason": attempt.reason.value,
        "next_try": date_of(day_at(attempt.retry_at)).isoformat(),
    }
    return Draft(
        loan.agreement.borrower, "pull_failed", facts, f"{id_}:{due_date}:{attempt.reason}"
    )


@dataclass(frozen=True, slots=True)
class Scene:
    """What an event is told with: its loan, and what its tokens are called.

    `ordinal` counts events of its kind for the loan within the transaction, so that keys stay the
    same in whichever block the transaction ends up.
    """

    loan: LoanState
    currency: Currency
    collateral: Currency
    ordinal: int

    def money(self, units: int) -> dict[str, Any]:
        """Base units of the loan's token."""
        return money(units, self.currency)


Told = tuple[str, tuple[str, ...], dict[str, Any]]
"""Kind, to whom (the borrower if empty), and the facts beside the loan."""


def notices(event: BookEvent, scene: Scene) -> Iterator[Draft]:
    """What an event of a loan tells whom."""
    tell = _TELL.get(type(event))
    if tell is None:
        return
    loan, ref = scene.loan, event.ref
    id_, tx = loan_text(loan.loan_id), f"0x{ref.tx_hash.hex()}"
    source = Source(ref.chain_id, ref.block_number, ref.tx_hash)
    day = date_of(day_at(ref.timestamp)).isoformat()
    for kind, recipients, facts in tell(event, scene, day):
        for recipient in dict.fromkeys(recipients or (loan.agreement.borrower,)):
            key = f"{id_}:{tx}:{scene.ordinal}"
            yield Draft(recipient, kind, {"loan": id_, **facts}, key, source=source)


def _both(scene: Scene) -> tuple[str, ...]:
    return scene.loan.agreement.borrower, scene.loan.holder


def _paid(event: Paid, scene: Scene, day: str) -> Iterator[Told]:
    if event.source in _OWN:
        paid = event.penalty + event.interest + event.fee + event.principal
        yield (
            "payment_received",
            (),
            {
                "amount": scene.money(paid),
                "outstanding": scene.money(event.outstanding),
                "paid_on": day,
                "tx": f"0x{event.ref.tx_hash.hex()}",
            },
        )


def _closed(_: Closed, scene: Scene, day: str) -> Iterator[Told]:
    yield "loan_closed", _both(scene), {"closed_on": day}


def _amended(event: Amended, scene: Scene, day: str) -> Iterator[Told]:
    facts = {
        "balance": scene.money(event.balance),
        "first_due": date_from_ymd(event.agreement.first_due_date).isoformat(),
        "count": event.agreement.count,
        "changed_on": day,
    }
    yield "terms_changed", _both(scene), facts


def _restored(_: Restored, __: Scene, day: str) -> Iterator[Told]:
    yield "standing_restored", (), {"restored_on": day}


def _assigned(event: Assigned, _: Scene, day: str) -> Iterator[Told]:
    yield "claim_assigned", (), {"seller": event.from_, "buyer": event.to, "assigned_on": day}


def _defaulted(event: Defaulted, _: Scene, day: str) -> Iterator[Told]:
    yield "default_declared", (), {"days": event.days_past_due, "declared_on": day}


def _accelerated(event: Accelerated, scene: Scene, day: str) -> Iterator[Told]:
    due = scene.money(event.principal + event.interest)
    yield "accelerated", (), {"amount": due, "declared_on": day}
    if scene.loan.escrow.amount:
        held = money(scene.loan.escrow.amount, scene.collateral)
        yield "collateral_open", _both(scene), {"collateral": held, "opened_on": day}


def _guaranteed(event: RecourseRecorded, scene: Scene, day: str) -> Iterator[Told]:
    facts = {
        "guarantor": event.guarantor,
        "recourse": scene.money(event.recourse),
        "paid_on": day,
    }
    yield "guarantor_paid", (scene.loan.agreement.borrower, event.guarantor), facts


def _sold(event: CollateralSold, scene: Scene, day: str) -> Iterator[Told]:
    facts = {
        "collateral": money(event.amount, scene.collateral),
        "price": scene.money(event.price),
        "sold_on": day,
    }
    yield "collateral_sold", _both(scene), facts


_TELL: dict[type, Callable[[Any, Scene, str], Iterator[Told]]] = {
    Paid: _paid,
    Closed: _closed,
    Amended: _amended,
    Restored: _restored,
    Assigned: _assigned,
    Defaulted: _defaulted,
    Accelerated: _accelerated,
    RecourseRecorded: _guaranteed,
    CollateralSold: _sold,
}


def _step(late: int, rules: Rules) -> str | None:
    """Which of the agreed days the latest one is: each is told of once."""
    if late == 0:
        return "0"
    if late < 0:
        ahead = next((day for day in rules.before if day >= -late), None)
        return None if ahead is None else f"-{ahead}"
    passed = [day for day in rules.after if day <= late]
    return str(passed[-1]) if passed else None


def _next(loan: LoanState, late: int) -> str:
    if loan.agreement.penalty_rate == 0:
        return "no_penalty"
    return "grace" if late <= loan.agreement.grace_days else "penalty"
