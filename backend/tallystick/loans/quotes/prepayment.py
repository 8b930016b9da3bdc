"""What closing a loan costs on a day, and what each way of paying ahead saves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from tallystick.loans.errors import InputInvalid
from tallystick.loans.life.parse import parse_life_input
from tallystick.loans.life.play import play
from tallystick.loans.life.result import LifeResult
from tallystick.loans.life.terms import Component, Event, EventType, InAdvance, LifeInput
from tallystick.loans.offline.fields import Fields
from tallystick.loans.offline.result import decimal
from tallystick.loans.offline.terms import InterestMethod

PREPAY = "prepay"
"""The field that holds the amount to pay ahead, beside those of a life."""


@dataclass(frozen=True, slots=True)
class PayoffQuote:
    """What closes the loan on a day, and the interest that closing then saves."""

    life: LifeResult
    saved: int

    def to_json(self) -> dict[str, object]:
        """Amounts as decimal strings."""
        life = self.life

        def money(units: int) -> str:
            return decimal(units, life.money_scale)

        rest = life.payoff - life.due.total
        return {
            "date": life.as_of.isoformat(),
            "payoff": money(life.payoff),
            "due": {part.value: money(getattr(life.due, part.value)) for part in Component},
            "not_yet_due": money(rest),
            "outstanding": money(life.outstanding),
            "interest_saved": money(self.saved),
        }


def quote_payoff(life: LifeInput, when: date) -> PayoffQuote:
    """The payoff at the end of `when`; raises `InputInvalid` for a day before the last event."""
    now = _standing(life, when)
    if now.payoff == 0:
        return PayoffQuote(now, 0)
    closed = _after(life, when, now.payoff, life.rules.in_advance)
    return PayoffQuote(now, now.interest - closed.interest)


@dataclass(frozen=True, slots=True)
class Choice:
    """What one way of paying ahead leads to. `saved` is interest against not paying ahead."""

    in_advance: InAdvance
    life: LifeResult
    saved: int

    def to_json(self) -> dict[str, object]:
        """Amounts as decimal strings."""
        life = self.life
        to_come = [row for row in life.rows if row.unpaid]
        return {
            "in_advance": self.in_advance.value,
            "installment": None
            if life.installment is None
            else decimal(life.installment, life.money_scale),
            "rows_to_pay": len(to_come),
            "last_due_date": to_come[-1].due_date.isoformat() if to_come else None,
            "interest_total": decimal(life.interest, life.money_scale),
            "interest_saved": decimal(self.saved, life.money_scale),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """All ways of paying an amount ahead on one day."""

    when: date
    choices: tuple[Choice, ...]

    def to_json(self) -> dict[str, object]:
        """Amounts as decimal strings."""
        choices = [choice.to_json() for choice in self.choices]
        return {"date": self.when.isoformat(), "choices": choices}


def parse_prepayment(data: object) -> tuple[LifeInput, int]:
    """A life and the amount of its field `prepay`; raises `InputInvalid`."""
    life = parse_life_input(data, beside=frozenset((PREPAY,)))
    return life, Fields(data).money(PREPAY, life.schedule.money_scale)


def compare_prepayment(life: LifeInput, when: date, amount: int) -> Comparison:
    """Every way in which paying `amount` on `when` can be applied, and what each saves."""
    before = _standing(life, when)
    flat = life.schedule.interest_method is InterestMethod.FLAT
    ways = [InAdvance.NEXT_INSTALLMENT] if flat else list(InAdvance)
    choices = []
    for way in ways:
        after = _after(life, when, amount, way)
        choices.append(Choice(way, after, before.interest - after.interest))
    return Comparison(when, tuple(choices))


def _standing(life: LifeInput, when: date) -> LifeResult:
    latest = life.events[-1].when if life.events else life.schedule.disbursement_date
    if when < latest:
        raise InputInvalid("/as_of", "must not lie before the last event")
    return play(replace(life, as_of=when))


def _after(life: LifeInput, when: date, amount: int, way: InAdvance) -> LifeResult:
    payment = Event("/events", when, EventType.PAYMENT, amount=amount)
    rules = replace(life.rules, in_advance=way)
    return play(replace(life, rules=rules, events=(*life.events, payment), as_of=when))
