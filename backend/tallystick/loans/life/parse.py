"""From a JSON object to a checked life."""

from __future__ import annotations

from datetime import date

from tallystick.loans.life.terms import (
    Across,
    Component,
    Event,
    EventType,
    InAdvance,
    LifeInput,
    PenaltyTerms,
    PrepayInterest,
    Rules,
)
from tallystick.loans.offline.fields import Fields
from tallystick.loans.offline.parse import MAX_EVERY, parse_frequency, parse_schedule_input
from tallystick.loans.offline.terms import MAX_ROWS, InterestMethod, ScheduleInput

LIFE_FIELDS = frozenset(("penalty", "rules", "events", "as_of"))
"""Names beside those of the schedule input."""

_MOST_EVENTS = 5000
_COMMON = ("date", "type", "note")
_MEMBERS: dict[EventType, tuple[str, ...]] = {
    EventType.PAYMENT: ("amount",),
    EventType.DISBURSEMENT: ("amount",),
    EventType.FEE: ("amount",),
    EventType.RATE_CHANGE: ("annual_rate_pct", "keep_installment"),
    EventType.RESCHEDULE: ("due_date",),
    EventType.EXTRA_TERMS: ("count",),
    EventType.HOLIDAY: ("count", "extend"),
    EventType.RE_AMORTIZE: (),
    EventType.RE_AGE: ("due_date", "count", "repay_every", "frequency"),
    EventType.WAIVER: ("component", "amount"),
    EventType.WRITE_OFF: (),
    EventType.RECOVERY: ("amount",),
    EventType.REFUND: ("amount",),
}
_NEEDS_DECLINING = {
    EventType.DISBURSEMENT,
    EventType.RE_AMORTIZE,
    EventType.RE_AGE,
}


def parse_life_input(data: object, *, beside: frozenset[str] = frozenset()) -> LifeInput:
    """The schedule input with `penalty`, `rules`, `events`, `as_of`; raises `InputInvalid`.

    `beside` names fields of a larger input that are not this function's business.
    """
    schedule = parse_schedule_input(data, beside=LIFE_FIELDS | beside)
    source = Fields(data)
    rules = _rules(source, schedule)
    events = parse_events(source, "events", schedule, schedule.disbursement_date)
    latest = events[-1].when if events else schedule.disbursement_date
    as_of = source.day("as_of") if source.given("as_of") else latest
    if as_of < latest:
        raise source.error("as_of", "must not lie before the last event")
    return LifeInput(schedule, _penalty(source), rules, events, as_of)


def _penalty(source: Fields) -> PenaltyTerms:
    if not source.given("penalty"):
        return PenaltyTerms()
    inner = Fields(source.raw("penalty"), source.pointer("penalty"))
    inner.refuse_unknown(frozenset(("annual_rate_pct", "grace_days", "cap_days")))
    return PenaltyTerms(
        inner.percent("annual_rate_pct", 10_000),
        inner.integer("grace_days", 0, 365, default=0),
        inner.integer("cap_days", 0, 3650, default=3650),
    )


def _rules(source: Fields, schedule: ScheduleInput) -> Rules:
    flat = schedule.interest_method is InterestMethod.FLAT
    usual = InAdvance.NEXT_INSTALLMENT if flat else InAdvance.REDUCE_TERM
    if not source.given("rules"):
        return Rules(in_advance=usual)
    inner = Fields(source.raw("rules"), source.pointer("rules"))
    inner.refuse_unknown(frozenset(("order", "across", "in_advance", "prepay_interest")))
    in_advance = inner.choice("in_advance", InAdvance, default=usual)
    if flat and in_advance is not InAdvance.NEXT_INSTALLMENT:
        raise inner.error("in_advance", "must be next_installment for flat interest")
    return Rules(
        _order(inner),
        inner.choice("across", Across, default=Across.INSTALLMENT),
        in_advance,
        inner.choice("prepay_interest", PrepayInterest, default=PrepayInterest.TO_DATE),
    )


def _order(source: Fields) -> tuple[Component, ...]:
    if not source.given("order"):
        return tuple(Component)
    value = source.raw("order")
    names = {component.value for component in Component}
    if not isinstance(value, (list, tuple)) or len(value) != len(names) or set(value) != names:
        raise source.error("order", "must hold penalty, fee, interest and principal, each once")
    return tuple(Component(name) for name in value)


def parse_events(
    source: Fields, name: str, schedule: ScheduleInput, before: date
) -> tuple[Event, ...]:
    """The events of field `name`, none of them before the date `before`."""
    if not source.given(name):
        return ()
    items = source.raw(name)
    if not isinstance(items, (list, tuple)) or len(items) > _MOST_EVENTS:
        raise source.error(name, f"must be an array of at most {_MOST_EVENTS} events")
    events: list[Event] = []
    for index, item in enumerate(items):
        inner = Fields(item, f"{source.pointer(name)}/{index}")
        event = _event(inner, schedule, before)
        before = event.when
        events.append(event)
    return tuple(events)


def _event(source: Fields, schedule: ScheduleInput, before: date) -> Event:
    kind = source.choice("type", EventType)
    members = _MEMBERS[kind]
    source.refuse_unknown(frozenset((*_COMMON, *members)))
    when = source.day("date")
    if when < before:
        raise source.error("date", "must not lie before the event or disbursement before it")
    if kind in _NEEDS_DECLINING and schedule.interest_method is InterestMethod.FLAT:
        raise source.error("type", "needs interest_method declining")
    frequency = every = None
    if kind is EventType.RE_AGE:
        frequency = schedule.frequency
        if source.given("frequency"):
            frequency = parse_frequency(source)
        every = source.integer("repay_every", 1, MAX_EVERY[frequency], default=schedule.repay_every)
    optional = kind is EventType.WAIVER and not source.given("amount")
    return Event(
        pointer=source.at,
        when=when,
        type=kind,
        amount=source.money("amount", schedule.money_scale)
        if "amount" in members and not optional
        else None,
        annual_rate=source.percent("annual_rate_pct", 10_000)
        if "annual_rate_pct" in members
        else None,
        keep_installment=source.flag("keep_installment", default=False),
        due_date=_later(source, when) if "due_date" in members else None,
        count=source.integer("count", 1, MAX_ROWS) if "count" in members else None,
        extend=source.flag("extend", default=True),
        repay_every=every,
        frequency=frequency,
        component=source.choice("component", Component) if "component" in members else None,
    )


def _later(source: Fields, when: date) -> date:
    due = source.day("due_date")
    if due <= when:
        raise source.error("due_date", "must lie after the event's date")
    return due
