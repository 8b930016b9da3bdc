from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tallystick.cli import main

LOAN = """{"principal": "1200.00", "annual_rate_pct": 12.5, "number_of_repayments": 3,
           "disbursement_date": "2026-01-31"}"""


def run(*arguments: str, text: str | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["schedule", *arguments], input=text)
    return result.exit_code, result.stdout, result.stderr


def test_table_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "loan.json"
    path.write_text(LOAN)
    code, out, _ = run(str(path))
    assert code == 0
    assert out.splitlines() == [
        "n    due date  principal  interest    total  balance",
        "-  ----------  ---------  --------  -------  -------",
        "1  2026-02-28     395.86     12.50   408.36   804.14",
        "2  2026-03-31     399.98      8.38   408.36   404.16",
        "3  2026-04-30     404.16      4.21   408.37     0.00",
        "-  ----------  ---------  --------  -------  -------",
        "        total    1200.00     25.09  1225.09",
    ]


def test_json_from_standard_input() -> None:
    code, out, _ = run("--json", "-", text=LOAN)
    assert code == 0
    answer = json.loads(out)
    assert answer["rows"][2] == {
        "n": 3,
        "due_date": "2026-04-30",
        "principal": "404.16",
        "interest": "4.21",
        "fee": "0.00",
        "total": "408.37",
        "balance": "0.00",
    }
    assert answer["totals"] == {
        "principal": "1200.00",
        "interest": "25.09",
        "fee": "0.00",
        "total": "1225.09",
    }
    assert answer["disbursement"] == {
        "date": "2026-01-31",
        "principal": "1200.00",
        "fee": "0.00",
        "net": "1200.00",
    }
    assert answer["installment"] == "408.36"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"principal": 5}', "/disbursement_date: is required"),
        (LOAN.replace('"1200.00"', '"-1"'), "/principal: must be a decimal string"),
        ("[1", "not JSON"),
        ('{"principal": "1", "principal": "2"}', "appears twice"),
        ("[]", "must be an object"),
        (LOAN.replace("12.5", "NaN"), "/annual_rate_pct"),
    ],
)
def test_wrong_input_names_field_and_rule_and_exits_with_2(text: str, says: str) -> None:
    code, out, err = run("-", text=text)
    assert (code, out) == (2, "")
    assert says in err


def test_help_shows_an_example_that_runs() -> None:
    _, out, _ = run("--help")
    example = out[out.index('{"principal"') : out.index("}'") + 1]
    assert run("-", text=example)[0] == 0


def documented_example() -> str:
    text = (Path(__file__).parents[3] / "docs" / "maths.md").read_text()
    return text.split("```json\n")[1].split("```")[0]


def test_a_life_as_documented() -> None:
    code, out, _ = run("-", text=documented_example())
    assert code == 0
    assert out.endswith(
        "As of 2026-04-01: active, due 0.00, 0 days past due, principal outstanding "
        "515.35, payoff 515.35.\n"
    )
    code, out, _ = run("--json", "-", text=documented_example())
    answer = json.loads(out)
    assert [item["penalty"] for item in answer["transactions"]] == ["0.00", "0.49", "0.00"]
    assert answer["rows"][1]["status"] == "paid_late"
    assert answer["totals"]["principal"] == "705.54"


def test_a_wrong_event_names_its_pointer() -> None:
    text = documented_example().replace('"type": "payment"', '"type": "gift"')
    code, _, err = run("-", text=text)
    assert code == 2
    assert "/events/0/type: must be one of payment" in err
