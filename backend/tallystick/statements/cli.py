"""`tallystick statement` and `tallystick calendar`: documents of a loan computed offline."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from datetime import time as clock_time
from typing import BinaryIO, TextIO

import click

from tallystick.loans.errors import InputInvalid
from tallystick.loans.life.parse import LIFE_FIELDS, parse_life_input
from tallystick.loans.life.play import play
from tallystick.loans.life.result import LifeResult
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.reading import read_json
from tallystick.loans.offline.result import ScheduleResult
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.statements.amortization import AmortizationTable, computed_table
from tallystick.loans.statements.dues import Dues, computed_dues
from tallystick.loans.statements.life import TransactionList, life_dues, life_table
from tallystick.loans.statements.sheet import Currency
from tallystick.statements.words import Language

_STATEMENT_HELP = """Write the amortization table of a loan, or what happened to it.

INPUT is a JSON file, or -, with the fields of `tallystick schedule`; with events the table shows
what was paid, and --transactions lists every event and how it was applied.

JSON has amounts as integers of the smallest unit, CSV and PDF as decimals.

\b
Example:
  echo '{"principal": "1200.00", "annual_rate_pct": "12", "number_of_repayments": 12,
         "disbursement_date": "2026-01-31"}' |
    tallystick statement - --format pdf --language zh --output table.pdf
"""

_CALENDAR_HELP = """Write the due dates of a loan as an iCalendar file.

INPUT is a JSON file, or -, with the fields of `tallystick schedule`, events included. Rows that are
paid are left out. --name tells loans apart in one calendar.

\b
Example:
  tallystick calendar loan.json --currency CNY --language zh --output loan.ics
"""

_language = click.option("--language", type=click.Choice(["en", "zh"]), default="en")
_currency = click.option("--currency", metavar="CODE", default="", help="Shown beside amounts.")
_output = click.option("--output", type=click.File("wb"), default="-", help="A file [stdout].")
_source = click.argument("source", metavar="INPUT", type=click.File("r", encoding="utf-8"))


@click.command(help=_STATEMENT_HELP)
@_source
@click.option("--format", "form", type=click.Choice(["json", "csv", "pdf"]), default="json")
@click.option("--transactions", is_flag=True, help="The events instead of the rows.")
@_language
@_currency
@_output
def statement(
    source: TextIO,
    form: str,
    language: Language,
    currency: str,
    output: BinaryIO,
    *,
    transactions: bool,
) -> None:
    result = _computed(read_json(source))
    money = Currency(currency, result.money_scale)
    document = _document(result, transactions=transactions)
    if form == "json":
        answer = {"currency": currency, "decimals": money.decimals} | document.to_json()
        output.write(json.dumps(answer, indent=2).encode() + b"\n")
    elif form == "csv":
        from tallystick.statements.csv import render_csv

        output.write(render_csv(document.sheet(money)))
    else:
        from tallystick.statements.pdf import render_pdf

        output.write(render_pdf(document.sheet(money), language, _midnight(_day_of(result))))


@click.command(help=_CALENDAR_HELP)
@_source
@click.option("--name", help="Keeps the loan's entries apart [a digest of INPUT].")
@_language
@_currency
@_output
def calendar(
    source: TextIO, name: str | None, language: Language, currency: str, output: BinaryIO
) -> None:
    from tallystick.statements.calendar import render_calendar

    data = read_json(source)
    result = _computed(data)
    dues = _dues(result, name or _digest(data))
    output.write(render_calendar(dues, Currency(currency, result.money_scale), language))


def _computed(data: object) -> ScheduleResult | LifeResult:
    try:
        if isinstance(data, dict) and not LIFE_FIELDS.isdisjoint(data):
            return play(parse_life_input(data))
        return compute_schedule(parse_schedule_input(data))
    except InputInvalid as error:
        raise click.UsageError(str(error)) from error


def _document(
    result: ScheduleResult | LifeResult, *, transactions: bool
) -> AmortizationTable | TransactionList:
    if isinstance(result, LifeResult):
        return TransactionList(result.transactions) if transactions else life_table(result)
    if transactions:
        raise click.UsageError("--transactions needs an input with events")
    return computed_table(result)


def _dues(result: ScheduleResult | LifeResult, name: str) -> Dues:
    written = int(_midnight(_day_of(result)).timestamp())
    if isinstance(result, LifeResult):
        return life_dues(result, name, written)
    return computed_dues(result, name, written)


def _digest(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:32]


def _day_of(result: ScheduleResult | LifeResult) -> date:
    """The day the document speaks of, so that the same input gives the same file."""
    return result.as_of if isinstance(result, LifeResult) else result.disbursement_date


def _midnight(day: date) -> datetime:
    return datetime.combine(day, clock_time(), UTC)
