"""Quotes over HTTP: what the command line prints, and bad input named by its pointer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.integration.api.story import Story

TERMS: dict[str, Any] = {
    "principal": "1200.00",
    "annual_rate_pct": "12",
    "number_of_repayments": 12,
    "disbursement_date": "2026-01-31",
}
LIFE: dict[str, Any] = TERMS | {
    "penalty": {"annual_rate_pct": "24", "grace_days": 3},
    "events": [{"date": "2026-02-28", "type": "payment", "amount": "106.62"}],
    "as_of": "2026-05-10",
}
PREPAYMENT = LIFE | {"as_of": "2026-03-10", "prepay": "500.00"}
RESTRUCTURING = LIFE | {
    "proposal": [{"date": "2026-05-10", "type": "re_age", "due_date": "2026-06-10", "count": 12}]
}
FEE = {"when": "disbursement", "percent": "2"}


def printed(command: str, terms: dict[str, Any]) -> Any:
    """What `tallystick` prints for the same JSON."""
    program = [Path(sys.executable).with_name("tallystick"), command, "-", "--json"]
    ran = subprocess.run(
        program, input=json.dumps(terms), capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout)


@pytest.mark.parametrize(
    ("path", "command", "body"),
    [
        ("", "quote", TERMS | {"charges": [FEE]}),
        ("/schedule", "schedule", TERMS | {"amortization": "equal_principal"}),
        ("/payoff", "payoff", LIFE),
        ("/prepayment", "payoff", PREPAYMENT),
        ("/restructuring", "quote", RESTRUCTURING),
    ],
)
def test_a_quote_is_what_the_command_line_prints(
    story: Story, path: str, command: str, body: dict[str, Any]
) -> None:
    response = story.stage.post(f"/v1/quotes{path}", body)
    assert response.status_code == 200, response.text
    assert response.json() == printed(command, body)


@pytest.mark.parametrize(
    ("path", "body", "code", "pointer"),
    [
        ("", TERMS | {"charges": [FEE | {"percent": "100"}]}, "terms_invalid", "#/charges"),
        ("", TERMS | {"events": []}, "validation_failed", "#/events"),
        ("", TERMS | {"principal": 1200}, "validation_failed", "#/principal"),
        ("/schedule", TERMS | {"principal": "-1"}, "terms_invalid", "#/principal"),
        ("/payoff", LIFE | {"as_of": "2026-02-27"}, "terms_invalid", "#/as_of"),
        (
            "/payoff",
            LIFE | {"events": [{"date": "2026-02-28", "type": "gift"}]},
            "validation_failed",
            "#/events/0/type",
        ),
        (
            "/payoff",
            LIFE | {"events": [{"date": "2026-02-28", "type": "payment"}]},
            "terms_invalid",
            "#/events/0/amount",
        ),
        (
            "/payoff",
            LIFE | {"events": LIFE["events"] * 601},
            "validation_failed",
            "#/events",
        ),
        ("/prepayment", LIFE, "validation_failed", "#/prepay"),
        ("/prepayment", PREPAYMENT | {"prepay": "0"}, "terms_invalid", "#/prepay"),
        ("/restructuring", LIFE, "validation_failed", "#/proposal"),
        (
            "/restructuring",
            LIFE
            | {
                "proposal": [
                    {"date": "2026-05-10", "type": "extra_terms", "count": 3, "amount": "1"}
                ]
            },
            "terms_invalid",
            "#/proposal/0/amount",
        ),
    ],
)
def test_bad_input_is_a_problem_that_names_the_member(
    story: Story, path: str, body: dict[str, Any], code: str, pointer: str
) -> None:
    response = story.stage.post(f"/v1/quotes{path}", body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"] == code
    assert problem["errors"][0]["pointer"] == pointer
