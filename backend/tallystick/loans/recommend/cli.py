"""`tallystick recommend`: the repayment plan that a budget carries at the least interest."""

from __future__ import annotations

import json
from typing import TextIO

import click

from tallystick.loans.errors import InputInvalid
from tallystick.loans.offline.reading import read_json
from tallystick.loans.recommend.parse import parse_recommend_input
from tallystick.loans.recommend.recommend import recommend as recommend_plan
from tallystick.loans.recommend.table import Language, render_recommendation

_HELP = """Propose the repayment plan that a borrower's budget carries at the least interest.

INPUT is a JSON file, or - for standard input. Says why, names other plans and what they cost more
or where they fail, and says so when no plan fits. The plan's `schedule_input` in the answer is what
`tallystick schedule` reads.

\b
Loan      principal, annual_rate_pct, disbursement_date; and as for `tallystick schedule`:
          first_repayment_date, repay_every, frequency, days_in_month, days_in_year,
          interest_calculation_period, money_scale, installment_multiple_of
Product   product {amortization [kinds], number_of_repayments {least [1], most},
          grace_on_principal [[0]], fixed_principal_pct [shares, for the balloon plan],
          may_skip_rows [true], least_principal}
Budget    budget {months [{month, income, expense, debt_service [0]}], repeats [false]}
          income and expense: "amount", {expected, low or high}, {expected, deviation},
          or {quantiles {"10": amount, "50": amount, ...}}
Caution   max_share_pct of free income for debt service in the cautious scenario,
          caution {deviations [1], quantile_pct [10]}

docs/maths.md defines every field. An error names the field and the rule; the exit code is then 2.
When no plan fits, the exit code is 1.

\b
Example:
  echo '{"principal": "12000.00", "annual_rate_pct": "12", "disbursement_date": "2026-01-15",
         "max_share_pct": "40",
         "product": {"amortization": ["equal_installments", "equal_principal"],
                     "number_of_repayments": {"least": 3, "most": 24}},
         "budget": {"repeats": true, "months": [
           {"month": "2026-02", "income": {"expected": "5000.00", "low": "4500.00"},
            "expense": "2000.00"}]}}' | tallystick recommend -
"""


@click.command(help=_HELP)
@click.argument("source", metavar="INPUT", type=click.File("r", encoding="utf-8"))
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--language",
    type=click.Choice(["en", "zh-Hans"]),
    default="en",
    help="Language of the text; the JSON has both.",
)
@click.pass_context
def recommend(context: click.Context, source: TextIO, *, as_json: bool, language: Language) -> None:
    try:
        answer = recommend_plan(parse_recommend_input(read_json(source)))
    except InputInvalid as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        click.echo(json.dumps(answer.to_json(), indent=2, ensure_ascii=False))
    else:
        click.echo(render_recommendation(answer, language))
    context.exit(0 if answer.plan else 1)
