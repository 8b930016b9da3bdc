"""Due dates as an iCalendar feed (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from tallystick.loans.statements.dues import Due, Dues
from tallystick.loans.statements.sheet import Currency
from tallystick.statements.amounts import grouped
from tallystick.statements.words import Language, word

REMINDERS = (timedelta(days=-3), timedelta(hours=9))
"""When to remind, from the midnight at which the due date begins: days before, and at nine."""


def render_calendar(
    dues: Dues,
    currency: Currency,
    language: Language = "en",
    reminders: Sequence[timedelta] = REMINDERS,
) -> bytes:
    """A whole-day event for each due date of a loan.

    Nothing depends on the time of rendering, and an event keeps its UID while the loan lives, so a
    calendar that reads the feed again updates its entries.
    """
    return render_calendars([(dues, currency)], language, reminders)


def render_calendars(
    loans: Iterable[tuple[Dues, Currency]],
    language: Language = "en",
    reminders: Sequence[timedelta] = REMINDERS,
) -> bytes:
    """The same of several loans in one calendar."""
    calendar = Calendar()
    calendar.add("prodid", "-//Tallystick//Loan repayments//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", word("calendar", language))
    for dues, currency in loans:
        for due in dues.entries:
            calendar.add_component(_event(dues, due, currency, language, reminders))
    return bytes(calendar.to_ical())


def _event(
    dues: Dues, due: Due, currency: Currency, language: Language, reminders: Sequence[timedelta]
) -> Event:
    amount = f"{grouped(due.amount, currency)} {currency.symbol}".strip()
    summary = word("due_summary", language).format(n=due.n, rows=dues.rows, amount=amount)
    event = Event()
    event.add("uid", f"{dues.name}-{due.n}@tallystick")
    event.add("dtstamp", datetime.fromtimestamp(dues.written, UTC))
    event.add("sequence", dues.revision)
    event.add("dtstart", due.due_date)
    event.add("dtend", due.due_date + timedelta(days=1))
    event.add("summary", summary)
    event.add("transp", "TRANSPARENT")
    for ahead in reminders:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", summary)
        alarm.add("trigger", ahead)
        event.add_component(alarm)
    return event
