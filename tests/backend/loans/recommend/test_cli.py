from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.backend.loans.recommend.build import loan

from tallystick.cli import main
from tallystick.loans.recommend.result import ReasonCode
from tallystick.loans.recommend.words import KINDS, reason

MATHS = Path(__file__).resolve().parents[4] / "docs" / "maths.md"


def run(data: Any, *options: str, command: str = "recommend") -> tuple[int, str, str]:
    text = data if isinstance(data, str) else json.dumps(data)
    result = CliRunner().invoke(main, [command, "-", *options], input=text)
    return result.exit_code, result.stdout, result.stderr


def example() -> dict[str, Any]:
    return loan("1000.00", ["400.00"], kinds=["equal_installments", "bullet"], most=3, least=3)


def test_text_shows_plan_reasons_schedule_months_and_alternatives() -> None:
    code, out, _ = run(example())
    assert code == 0
    assert out.splitlines() == [
        "Proposed: equal installments, 3 periods until 2026-04-15",
        "- Of all plans that fit, this one costs the least interest: 20.07.",
        (
            "- Even in the cautious scenario no month takes more than 100 % of free income; "
            "the tightest is 2026-04, with 340.03 due of at most 400.00."
        ),
        "- It is the shortest term that the product allows: 3 periods.",
        "",
        "n    due date  principal  interest    total  balance",
        "-  ----------  ---------  --------  -------  -------",
        "1  2026-02-15     330.02     10.00   340.02   669.98",
        "2  2026-03-15     333.32      6.70   340.02   336.66",
        "3  2026-04-15     336.66      3.37   340.03     0.00",
        "-  ----------  ---------  --------  -------  -------",
        "        total    1000.00     20.07  1020.07",
        "",
        "  month  free-income  cautious  other-debt   limit     due",
        "2026-02       400.00    400.00        0.00  400.00  340.02",
        "2026-03       400.00    400.00        0.00  400.00  340.02",
        "2026-04       400.00    400.00        0.00  400.00  340.03",
        "",
        "Alternatives",
        (
            "- one payment at the end: It does not fit: over 3 periods 2026-04 takes 1030.00, "
            "630.00 above its limit of 400.00; no other term or grace comes nearer."
        ),
    ]


def test_text_in_chinese() -> None:
    code, out, _ = run(example(), "--language", "zh-Hans")
    assert code == 0
    assert out.splitlines()[:2] == [
        "建议方案：等额本息，3 期，至 2026-04-15",
        "- 在所有可行方案中，本方案利息最低：20.07。",
    ]


def test_no_plan_exits_with_1_and_shows_the_largest_amount() -> None:
    code, out, _ = run(example() | {"principal": "2000.00"})
    assert code == 1
    assert out.splitlines()[0] == "No plan fits"
    assert "Largest amount that fits: 1176.40, equal installments, 3 periods" in out


def test_the_answers_schedule_input_is_what_the_schedule_command_reads() -> None:
    _, out, _ = run(example(), "--json")
    plan = json.loads(out)["plan"]
    code, quoted, _ = run(plan["schedule_input"], "--json", command="schedule")
    assert code == 0
    assert json.loads(quoted) == plan["schedule"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "/product: is required"),
        ("[1", "is not JSON"),
        ('{"product": 1, "product": 2}', "appears twice"),
    ],
)
def test_wrong_input_names_field_and_rule_and_exits_with_2(text: str, says: str) -> None:
    code, out, err = run(text)
    assert (code, out) == (2, "")
    assert says in err


def test_help_and_the_documentation_show_an_example_that_runs() -> None:
    shown = CliRunner().invoke(main, ["recommend", "--help"]).stdout
    assert run(shown[shown.index("echo '") + 6 : shown.index("}'") + 1])[0] == 0
    text = MATHS.read_text(encoding="utf-8")
    text = text[text.index("## Plan recommendation") :]
    documented = text[text.index("```json") + 7 :]
    assert run(documented[: documented.index("```")])[0] == 0


def test_the_documentation_lists_every_reason() -> None:
    text = MATHS.read_text(encoding="utf-8")
    assert [code for code in ReasonCode if f"`{code}`" not in text] == []


def test_every_kind_of_plan_has_its_name() -> None:
    assert all(en.isascii() and not zh.isascii() for en, zh in KINDS.values())


def test_a_reason_without_its_values_is_an_error() -> None:
    with pytest.raises(KeyError):
        reason(ReasonCode.LEAST_INTEREST)
