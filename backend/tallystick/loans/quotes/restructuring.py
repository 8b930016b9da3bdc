"""A loan before and after a proposed change: what each side would sign."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tallystick.loans.life.parse import parse_events, parse_life_input
from tallystick.loans.life.play import play
from tallystick.loans.life.result import LifeResult
from tallystick.loans.life.terms import Event, LifeInput
from tallystick.loans.offline.fields import Fields
from tallystick.loans.offline.result import decimal

PROPOSAL = "proposal"
"""The field that holds the proposed events, beside those of a life."""


@dataclass(frozen=True, slots=True)
class Restructuring:
    """The loan as of the proposal's last day, without and with it."""

    before: LifeResult
    after: LifeResult

    def to_json(self) -> dict[str, object]:
        """Both sides and the difference in all interest; amounts as decimal strings."""
        more = self.after.interest - self.before.interest
        return {
            "as_of": self.after.as_of.isoformat(),
            "before": _side(self.before),
            "after": _side(self.after),
            "interest_change": decimal(more, self.after.money_scale),
        }


def parse_proposal(data: object) -> tuple[LifeInput, tuple[Event, ...]]:
    """A life and the events proposed for it, none before its own last; raises `InputInvalid`."""
    life = parse_life_input(data, beside=frozenset((PROPOSAL,)))
    source = Fields(data)
    source.raw(PROPOSAL)
    return life, parse_events(source, PROPOSAL, life.schedule, life.as_of)


def compare_restructuring(life: LifeInput, proposal: tuple[Event, ...]) -> Restructuring:
    """Both sides as of the later of the life's day and the proposal's last."""
    when = max([life.as_of, *(event.when for event in proposal)])
    before = play(replace(life, as_of=when))
    after = play(replace(life, events=(*life.events, *proposal), as_of=when))
    return Restructuring(before, after)


def _side(life: LifeResult) -> dict[str, object]:
    to_pay = [row for row in life.rows if row.unpaid]
    coming = [row for row in to_pay if row.due_date > life.as_of]
    scale = life.money_scale
    return {
        "status": life.status,
        "due": decimal(life.due.total, scale),
        "days_past_due": life.days_past_due,
        "outstanding": decimal(life.outstanding, scale),
        "installment": None if life.installment is None else decimal(life.installment, scale),
        "rows_to_pay": len(to_pay),
        "next_due_date": coming[0].due_date.isoformat() if coming else None,
        "next_total": decimal(coming[0].unpaid, scale) if coming else None,
        "last_due_date": to_pay[-1].due_date.isoformat() if to_pay else None,
        "interest_total": decimal(life.interest, scale),
        "to_pay": decimal(sum(row.unpaid for row in to_pay) + life.due.penalty, scale),
    }
