"""`tallystick quote` and `tallystick payoff`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TextIO

import click

from tallystick.loans.errors import InputInvalid
from tallystick.loans.life.parse import parse_life_input
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.reading import read_json
from tallystick.loans.offline.table import aligned, render_table
from tallystick.loans.quotes.prepayment import (
    PREPAY,
    Comparison,
    compare_prepayment,
    parse_prepayment,
    quote_payoff,
)
from tallystick.loans.quotes.quote import quote as quote_terms
from tallystick.loans.quotes.restructuring import (
    PROPOSAL,
    compare_restructuring,
    parse_proposal,
)

_QUOTE_HELP = """Print what a loan costs: installment, totals, annual percentage rate.

INPUT is a JSON file, or -, with the fields of `tallystick schedule`, charges included.

With life fields (events, rules, penalty) and a proposal, a list of further events, it prints the
loan before and after the proposal instead.

apr_pct is the annual percentage rate of charge of Directive (EU) 2023/2225, Annex III;
apr_reg_z_pct that of Regulation Z (12 CFR 1026), Appendix J; irr the internal rate of return per
period. docs/maths.md states each.

\b
Example:
  echo '{"principal": "1200.00", "annual_rate_pct": "12", "number_of_repayments": 12,
         "disbursement_date": "2026-01-31",
         "charges": [{"when": "disbursement", "percent": "2"}]}' | tallystick quote -
"""

_PAYOFF_HELP = """Print what closes a loan on a day, and what that saves.

INPUT is a JSON file, or -, with the fields of `tallystick schedule`, events included. With
--prepay, or the field prepay, the three ways of paying that amount ahead are compared instead.

\b
Example:
  echo '{"principal": "1200.00", "annual_rate_pct": "12", "number_of_repayments": 12,
         "disbursement_date": "2026-01-31"}' | tallystick payoff - --date 2026-02-14
"""


@click.command(help=_QUOTE_HELP)
@click.argument("source", metavar="INPUT", type=click.File("r", encoding="utf-8"))
@click.option("--json", "as_json", is_flag=True, help="Print the quote as JSON.")
def quote(source: TextIO, *, as_json: bool) -> None:
    data = read_json(source)
    try:
        if isinstance(data, dict) and PROPOSAL in data:
            answer = compare_restructuring(*parse_proposal(data)).to_json()
            text = _before_after(answer)
        else:
            result = quote_terms(parse_schedule_input(data))
            answer = result.to_json()
            cost = f"cost {answer['cost']}, APR {answer['apr_pct']} % (EU)"
            if result.apr_reg_z is not None:
                cost += f", {answer['apr_reg_z_pct']} % (US, Regulation Z)"
            text = f"{render_table(result.schedule)}\n\n{cost}"
    except InputInvalid as error:
        raise click.UsageError(str(error)) from error
    click.echo(json.dumps(answer, indent=2) if as_json else text)


@click.command(help=_PAYOFF_HELP)
@click.argument("source", metavar="INPUT", type=click.File("r", encoding="utf-8"))
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day of closing [as_of].")
@click.option("--prepay", metavar="AMOUNT", help="Compare the ways of paying this amount ahead.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def payoff(source: TextIO, day: datetime | None, prepay: str | None, *, as_json: bool) -> None:
    data = read_json(source)
    if isinstance(data, dict) and prepay is not None:
        data = {**data, PREPAY: prepay}
    try:
        if isinstance(data, dict) and PREPAY in data:
            life, amount = parse_prepayment(data)
            comparison = compare_prepayment(life, day.date() if day else life.as_of, amount)
            answer, text = comparison.to_json(), _choices(comparison)
        else:
            life = parse_life_input(data)
            answer = quote_payoff(life, day.date() if day else life.as_of).to_json()
            text = "\n".join(f"{name.replace('_', ' ')}: {cell}" for name, cell in _flat(answer))
    except InputInvalid as error:
        raise click.UsageError(str(error)) from error
    click.echo(json.dumps(answer, indent=2) if as_json else text)


def _choices(comparison: Comparison) -> str:
    rows = [choice.to_json() for choice in comparison.choices]
    cells = [["" if cell is None else str(cell) for cell in row.values()] for row in rows]
    return aligned([name.replace("_", " ") for name in rows[0]], cells)


def _before_after(answer: dict[str, object]) -> str:
    before, after = answer["before"], answer["after"]
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    cells = [
        [
            name.replace("_", " "),
            *("" if side[name] is None else str(side[name]) for side in (before, after)),
        ]
        for name in before
    ]
    table = aligned(["", "before", "after"], cells)
    return f"{table}\n\ninterest changes by {answer['interest_change']}"


def _flat(answer: dict[str, object]) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for name, value in answer.items():
        if isinstance(value, dict):
            lines += [(f"{name} {part}", str(amount)) for part, amount in value.items()]
        else:
            lines.append((name, str(value)))
    return lines
