"""What may be done about a loan that is not paid, and from when on: `docs/ledger.md`, "Default"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tallystick.loans.debt import Guarantee, Owed
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import open_rows, owed_at
from tallystick.loans.members import NO_ADDRESS

StepKind = Literal[
    "penalty",
    "draw_guarantor",
    "declare_default",
    "accelerate",
    "sell_collateral",
    "write_off",
    "release_collateral",
]
StepState = Literal["done", "possible", "waiting", "after_default", "after_acceleration"]


@dataclass(frozen=True, slots=True)
class Step:
    """A step that the terms provide for.

    `days` past due from which on it may be taken, and `day` (since 1970-01-01) on which that is,
    counted from the oldest row that owes something: for a loan that is not late, if this row stays
    unpaid. None where no number of days decides.
    """

    kind: StepKind
    state: StepState
    days: int | None = None
    day: int | None = None


def steps_of(loan: LoanState, today: int) -> list[Step]:
    """The steps in the order in which they can come; of a closed loan what is left to do."""
    conditions, debt = loan.agreement.conditions, loan.debt
    if loan.closed is not None:
        return [Step("release_collateral", "possible")] if loan.escrow.amount else []
    owed = owed_at(loan.agreement, loan.stored, today)
    late = _Lateness(loan, owed, today)
    steps: list[Step] = []
    if loan.agreement.penalty_rate:
        begins = loan.agreement.grace_days + 1
        steps.append(late.step("penalty", begins, done=bool(owed.due.penalty)))
    if conditions.guarantee_days:
        drawn = loan.guarantees.get(conditions.guarantor, Guarantee()).drawn
        steps.append(
            late.step(
                "draw_guarantor", conditions.guarantee_days, done=drawn >= conditions.guaranteed
            )
        )
    defaulted = debt.status in (Status.DEFAULTED, Status.WRITTEN_OFF)
    if conditions.default_days:
        steps.append(late.step("declare_default", conditions.default_days, done=defaulted))
    steps += _after_default(loan, late, defaulted=defaulted)
    return steps


def _after_default(loan: LoanState, late: _Lateness, *, defaulted: bool) -> Iterator[Step]:
    conditions, debt = loan.agreement.conditions, loan.debt
    if conditions.acceleration_days:
        step = late.step("accelerate", conditions.acceleration_days, done=debt.accelerated)
        yield step if defaulted else late.behind(step, "after_default")
    if conditions.collateral and loan.escrow.amount and conditions.collateral_token != NO_ADDRESS:
        state: StepState = "possible" if debt.accelerated else "after_acceleration"
        yield Step("sell_collateral", state)
    if conditions.write_off_days:
        gone = debt.status is Status.WRITTEN_OFF
        step = late.step("write_off", conditions.write_off_days, done=gone)
        yield step if defaulted else late.behind(step, "after_default")


class _Lateness:
    """From which day on so and so many days are past due."""

    def __init__(self, loan: LoanState, owed: Owed, today: int) -> None:
        oldest = next((row for row in open_rows(loan.agreement, loan.stored) if row.unpaid), None)
        self._today = today
        # an accelerated loan counts from the row that was oldest then
        self._due = today - owed.days_past_due if owed.days_past_due or not oldest else oldest.due

    def step(self, kind: StepKind, days: int, *, done: bool) -> Step:
        day = self._due + days
        state: StepState = "possible" if self._today >= day else "waiting"
        return Step(kind, "done" if done else state, days, day)

    @staticmethod
    def behind(step: Step, state: StepState) -> Step:
        """A step that another one has to precede."""
        return Step(step.kind, state, step.days, step.day)
