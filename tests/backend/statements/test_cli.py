from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result
from icalendar import Calendar
from pypdf import PdfReader

from tallystick.cli import main
from tallystick.loans.life.terms import EventType
from tallystick.statements.words import WORDS

YEAR = {
    "principal": "1200.00",
    "annual_rate_pct": "12",
    "number_of_repayments": 12,
    "disbursement_date": "2026-01-31",
}
PAID = YEAR | {
    "events": [
        {"date": "2026-02-28", "type": "payment", "amount": "106.62"},
        {"date": "2026-03-31", "type": "payment", "amount": "50.00"},
    ],
    "as_of": "2026-04-02",
}


def run(data: object, *arguments: str) -> Result:
    command, *rest = arguments
    return CliRunner().invoke(main, [command, "-", *rest], input=json.dumps(data))


def test_json_has_integers_and_says_of_what() -> None:
    result = run(YEAR, "statement", "--currency", "CNY")
    answer = json.loads(result.output)
    assert (answer["currency"], answer["decimals"]) == ("CNY", 2)
    assert answer["totals"] == {
        "principal": "120000",
        "interest": "7942",
        "fee": "0",
        "total": "127942",
    }


def test_csv_of_a_loan_with_events_shows_what_was_paid() -> None:
    lines = run(PAID, "statement", "--format", "csv").stdout_bytes.split(b"\r\n")
    assert lines[0] == b"n,due_date,principal,interest,total,balance,paid,status"
    assert lines[1].endswith(b",106.62,paid")
    assert lines[2].endswith(b",50.00,overdue")


def test_transactions_sum_to_the_payments() -> None:
    answer = json.loads(run(PAID, "statement", "--transactions").output)
    assert [item["total"] for item in answer["transactions"]] == ["10662", "5000"]
    assert answer["transactions"][0]["interest"] == "1200"
    refused = run(YEAR, "statement", "--transactions")
    assert refused.exit_code == 2
    assert "events" in refused.output


def test_a_pdf_goes_into_a_file(tmp_path: Path) -> None:
    target = tmp_path / "table.pdf"
    arguments = ("--format", "pdf", "--language", "zh", "--output", str(target))
    for extra in ((), ("--transactions",)):
        assert run(PAID, "statement", *arguments, *extra).exit_code == 0
        text = PdfReader(target).pages[0].extract_text().replace("\0", "")
        assert WORDS["transactions" if extra else "amortization_table"][1] in text


def test_the_calendar_leaves_out_what_is_paid() -> None:
    whole = Calendar.from_ical(run(YEAR, "calendar", "--name", "a").stdout_bytes).walk("VEVENT")
    rest = Calendar.from_ical(run(PAID, "calendar", "--name", "a").stdout_bytes).walk("VEVENT")
    assert [event["uid"] for event in whole[1:]] == [event["uid"] for event in rest]
    assert whole[1]["summary"] == "Installment 2 of 12: 106.62 due"
    assert rest[0]["summary"] == "Installment 2 of 12: 56.62 due"
    other = run(YEAR | {"principal": "1300.00"}, "calendar").stdout_bytes
    assert run(YEAR, "calendar").stdout_bytes != other


def test_a_wrong_input_names_the_field() -> None:
    for command in ("statement", "calendar"):
        result = run(YEAR | {"principal": "-1"}, command)
        assert result.exit_code == 2
        assert "/principal" in result.output


def test_every_event_has_its_word() -> None:
    assert {f"event.{kind.value}" for kind in EventType} <= set(WORDS)
