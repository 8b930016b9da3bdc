from __future__ import annotations

import json
from datetime import date
from typing import Any

from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tallystick.cli import main
from tallystick.loans.life.parse import parse_life_input
from tallystick.loans.life.play import play
from tallystick.loans.life.receipt import render_receipt

LOAN: dict[str, Any] = {
    "principal": "1200",
    "annual_rate_pct": "12",
    "number_of_repayments": 12,
    "disbursement_date": "2026-01-15",
    "penalty": {"annual_rate_pct": "24", "grace_days": 3},
    "events": [
        {"date": "2026-02-15", "type": "payment", "amount": "106.62"},
        {"date": "2026-03-25", "type": "payment", "amount": "50"},
        {"date": "2026-04-01", "type": "payment", "amount": "500"},
    ],
}
RECEIPT = """\
payment of 2026-04-01  amount
---------------------  ------
              penalty    0.26
      row 2 principal   57.11
  interest in advance    5.54
 principal in advance  437.09
---------------------  ------
             received  500.00

principal outstanding 572.72
"""


def test_receipt_on_the_command_line() -> None:
    runner, text = CliRunner(), json.dumps(LOAN)
    assert runner.invoke(main, ["schedule", "-", "--receipt", "3"], input=text).stdout == RECEIPT
    for number in ("0", "4"):
        result = runner.invoke(main, ["schedule", "-", "--receipt", number], input=text)
        assert result.exit_code == 2
        assert "the input has 3 events" in result.stderr


@given(st.lists(st.tuples(st.integers(0, 70), st.integers(1, 50_000)), max_size=6))
def test_receipts_add_up(steps: list[tuple[int, int]]) -> None:
    day, events = date(2026, 1, 15), []
    for wait, cents in steps:
        day = date.fromordinal(day.toordinal() + wait)
        amount = f"{cents // 100}.{cents % 100:02d}"
        events.append({"date": day.isoformat(), "type": "payment", "amount": amount})
    result = play(parse_life_input({**LOAN, "events": events}))
    for index, (_, cents) in enumerate(steps):
        lines = render_receipt(result, index).splitlines()[2:-4]
        shown = sum(int(line.split()[-1].replace(".", "")) for line in lines)
        assert shown == cents
