from __future__ import annotations

from datetime import date, timedelta

from icalendar import Calendar
from tests.backend.loans.lives import life
from tests.backend.loans.strategies import make_agreement

from tallystick.loans.fold import fold
from tallystick.loans.statements.dues import Due, Dues, loan_dues
from tallystick.loans.statements.sheet import Currency
from tallystick.statements.calendar import render_calendar

USDT = Currency("USDT", 6)


def test_the_feed_of_a_loan() -> None:
    dues = loan_dues(fold(life(make_agreement(), [(28, 0)])))
    calendar = Calendar.from_ical(render_calendar(dues, USDT))
    assert calendar["version"] == "2.0"
    assert calendar["prodid"]
    events = calendar.walk("VEVENT")
    assert len(events) == 11
    first = events[0]
    assert first["dtstart"].dt == date(2026, 3, 31)
    assert first["dtend"].dt == date(2026, 4, 1)
    assert first["dtstart"].params["VALUE"] == "DATE"
    assert first["summary"] == "Installment 2 of 12: 106.62 USDT due"
    assert first["dtstamp"].dt.tzinfo is not None
    assert [alarm["trigger"].dt for alarm in first.walk("VALARM")] == [
        timedelta(days=-3),
        timedelta(hours=9),
    ]


def test_an_event_keeps_its_uid_while_payments_raise_its_sequence() -> None:
    before = Calendar.from_ical(
        render_calendar(loan_dues(fold(life(make_agreement(), []))), USDT)
    ).walk("VEVENT")
    after = Calendar.from_ical(
        render_calendar(loan_dues(fold(life(make_agreement(), [(10, 200)]))), USDT)
    ).walk("VEVENT")
    for old, new in zip(before, after, strict=False):
        assert old["uid"] == new["uid"]
        assert (old["sequence"], new["sequence"]) == (0, 1)
    assert len({event["uid"] for event in before}) == 12


def test_lines_are_folded_and_text_is_escaped() -> None:
    odd = Currency("a,b;c\\d\ne" + "币" * 60, 2)
    data = render_calendar(Dues("x", 1, (Due(1, date(2026, 1, 31), 500),), 0, 0), odd, "zh")
    lines = data.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    for line in lines:
        line.decode()  # no character is cut in two
    unfolded = data.replace(b"\r\n ", b"").decode()
    assert "a\\,b\\;c\\\\d\\ne币" in unfolded
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    assert event["summary"].endswith(odd.symbol)


def test_a_closed_loan_asks_for_nothing() -> None:
    data = render_calendar(loan_dues(fold(life(make_agreement(), [(10, 1000)]))), USDT)
    assert b"VEVENT" not in data
    assert data == render_calendar(loan_dues(fold(life(make_agreement(), [(10, 1000)]))), USDT)
