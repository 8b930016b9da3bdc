"""The checked input of a loan's life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from tallystick.loans.kinds import Frequency
from tallystick.loans.offline.terms import ScheduleInput


class Component(StrEnum):
    """The four parts of every amount due."""

    PENALTY = "penalty"
    FEE = "fee"
    INTEREST = "interest"
    PRINCIPAL = "principal"


class Across(StrEnum):
    """Whether a payment settles installment after installment or component after component."""

    INSTALLMENT = "installment"
    COMPONENT = "component"


class InAdvance(StrEnum):
    """What money beyond everything due does."""

    NEXT_INSTALLMENT = "next_installment"
    REDUCE_TERM = "reduce_term"
    REDUCE_INSTALLMENT = "reduce_installment"


class PrepayInterest(StrEnum):
    """Which interest of the open period a prepayment pays first."""

    TO_DATE = "to_date"
    TO_PERIOD_END = "to_period_end"
    AT_DUE = "at_due"


@dataclass(frozen=True, slots=True)
class Rules:
    """How payments are applied."""

    order: tuple[Component, ...] = tuple(Component)
    across: Across = Across.INSTALLMENT
    in_advance: InAdvance = InAdvance.REDUCE_TERM
    prepay_interest: PrepayInterest = PrepayInterest.TO_DATE


@dataclass(frozen=True, slots=True)
class PenaltyTerms:
    """Penalty interest per year on what is overdue, after grace, for a cap of days at most."""

    annual_rate: Fraction = Fraction(0)
    grace_days: int = 0
    cap_days: int = 3650


class EventType(StrEnum):
    """Everything that can happen to a loan after its first disbursement."""

    PAYMENT = "payment"
    DISBURSEMENT = "disbursement"
    FEE = "fee"
    RATE_CHANGE = "rate_change"
    RESCHEDULE = "reschedule"
    EXTRA_TERMS = "extra_terms"
    HOLIDAY = "holiday"
    RE_AMORTIZE = "re_amortize"
    RE_AGE = "re_age"
    WAIVER = "waiver"
    WRITE_OFF = "write_off"
    RECOVERY = "recovery"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `pointer` is its place in the input, for errors. Unused members are None."""

    pointer: str
    when: date
    type: EventType
    amount: int | None = None
    annual_rate: Fraction | None = None
    keep_installment: bool = False
    due_date: date | None = None
    count: int | None = None
    extend: bool = True
    repay_every: int | None = None
    frequency: Frequency | None = None
    component: Component | None = None


@dataclass(frozen=True, slots=True)
class LifeInput:
    """A loan, its rules, its events in time order and the day of the report."""

    schedule: ScheduleInput
    penalty: PenaltyTerms
    rules: Rules
    events: tuple[Event, ...]
    as_of: date
