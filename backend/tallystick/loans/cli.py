"""`tallystick schedule`: a loan's schedule from a JSON input, without a chain."""

from __future__ import annotations

import json
from typing import TextIO

import click

from tallystick.loans.errors import InputInvalid
from tallystick.loans.life.parse import LIFE_FIELDS, parse_life_input
from tallystick.loans.life.play import play
from tallystick.loans.life.receipt import render_receipt
from tallystick.loans.life.table import render_life
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.reading import read_json
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.offline.table import render_table

_SCHEDULE_HELP = """Print the schedule of a loan before it exists.

INPUT is a JSON file, or - for standard input. Money is given and printed as decimal strings.

\b
Required  principal, annual_rate_pct, number_of_repayments, disbursement_date
Period    repay_every [1], frequency [months] (days, weeks, months),
          first_repayment_date [one period after disbursement]
Plan      amortization [equal_installments] (equal_principal, interest_only, bullet,
          fixed_principal_percent_with_balloon with fixed_principal_pct,
          custom with custom_rows [{due_date, principal or total}])
Interest  interest_method [declining] (flat), days_in_month [30] (actual),
          rate_type [nominal] (effective_annual, nominal_semiannual),
          days_in_year [360 for months of 30 days, else 365] (364, actual),
          interest_calculation_period [daily] (same_as_repayment)
Grace     grace_on_principal [0], grace_on_interest_payment [0], interest_free_periods [0]
Amounts   money_scale [2], installment_multiple_of, down_payment_pct [0],
          rounding [half_even] (half_up, up, down), installment_rounding [rounding]
Charges   charges [{when: disbursement, installment or date (due_date),
          amount or percent of: principal, interest, principal_and_interest}]

\b
Life      events [{date, type, amount ...}] in time order, rules, penalty, as_of: the answer is
          then the loan as it stands on that day

docs/maths.md defines every field. An error names the field and the rule; the exit code is then 2.

\b
Example:
  echo '{"principal": "1200.00", "annual_rate_pct": "12", "number_of_repayments": 12,
         "disbursement_date": "2026-01-31"}' | tallystick schedule -
"""


@click.command(help=_SCHEDULE_HELP)
@click.argument("source", metavar="INPUT", type=click.File("r", encoding="utf-8"))
@click.option("--json", "as_json", is_flag=True, help="Print rows and totals as JSON.")
@click.option("--receipt", "number", type=int, help="Print the receipt of the n-th event, from 1.")
def schedule(source: TextIO, *, as_json: bool, number: int | None) -> None:
    data = read_json(source)
    try:
        if isinstance(data, dict) and not LIFE_FIELDS.isdisjoint(data):
            life = play(parse_life_input(data))
            answer, text = life.to_json, render_life(life)
            if number is not None:
                _check_number(number, len(life.transactions))
                text = render_receipt(life, number - 1)
        else:
            result = compute_schedule(parse_schedule_input(data))
            answer, text = result.to_json, render_table(result)
            if number is not None:
                _check_number(number, 0)
    except InputInvalid as error:
        raise click.UsageError(str(error)) from error
    as_text = not as_json or number is not None
    click.echo(text if as_text else json.dumps(answer(), indent=2))


def _check_number(number: int, events: int) -> None:
    if not 1 <= number <= events:
        raise click.UsageError(f"--receipt {number}: the input has {events} events")
