"""Prepared payments, sent as they are."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.api.server import Stage
from tests.integration.api.story import Story
from tests.integration.api.test_offers import refused, send
from tests.integration.world import UNIT

from tallystick.loans.calendar import due_day


def prepare(stage: Stage, loan: str, kind: str, sender: str, **more: Any) -> Any:
    body = {"kind": kind, "sender": sender} | more
    return stage.post(f"/v1/loans/{loan}/transactions", body)


def test_what_is_prepared_does_what_it_says(stage: Stage) -> None:
    world = stage.world
    ada, dora = world.parties["ada"], world.parties["dora"]
    agreement = world.originate()
    loan = "0x" + world.loan_id(agreement).hex()
    world.travel_to_day(due_day(agreement, 0))
    stage.sync()
    due = stage.get(f"/v1/loans/{loan}/due")["due"]["total"]

    collect = prepare(stage, loan, "collect", dora.address).json()
    assert collect["takes"] == due
    send(stage, collect, dora)
    pay = prepare(stage, loan, "pay", ada.address, amount=str(50 * UNIT)).json()
    assert pay["takes"] == str(50 * UNIT)
    send(stage, pay, ada)
    payments = stage.get(f"/v1/loans/{loan}/payments")["data"]
    assert [(p["split"]["total"], p["source"]) for p in payments] == [
        (due, "collected"),
        (str(50 * UNIT), "paid"),
    ]
    payoff = prepare(stage, loan, "payoff", ada.address).json()
    assert payoff["takes"] == stage.get(f"/v1/loans/{loan}/due")["payoff"]
    send(stage, payoff, ada)
    assert stage.get(f"/v1/loans/{loan}")["status"] == "closed"
    refused(prepare(stage, loan, "pay", ada.address, amount="1"), 409, "loan_not_active")


def test_what_would_revert_is_said_before(stage: Stage) -> None:
    world = stage.world
    ada, dora = world.parties["ada"], world.parties["dora"]
    agreement = world.originate()
    loan = "0x" + world.loan_id(agreement).hex()
    stage.sync()
    refused(prepare(stage, loan, "collect", dora.address), 409, "nothing_due")
    refused(prepare(stage, loan, "pay", ada.address), 409, "nothing_due")
    problem = refused(prepare(stage, loan, "payoff", ada.address, amount="1"), 409, "payoff_above")
    assert problem["arguments"] == {"payoff": str(1_200 * UNIT), "maxAmount": "1"}
    poor = "0x" + "77" * 20
    problem = refused(prepare(stage, loan, "pay", poor, amount="5"), 409, "insufficient_balance")
    assert (problem["required"], problem["available"]) == ("5", "0")
    world.approve(ada, 4)
    problem = refused(
        prepare(stage, loan, "pay", ada.address, amount="5"), 409, "insufficient_allowance"
    )
    assert (problem["payer"], problem["available"]) == (ada.address, "4")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "steal"}, "#/kind"),
        ({"kind": "pay", "amount": "0"}, "#/amount"),
        ({"kind": "pay", "amount": "1.5"}, "#/amount"),
        ({"kind": "pay", "amount": -1}, "#/amount"),
        ({"kind": "collect", "amount": "1"}, "#/amount"),
        ({"kind": "pay", "sender": "ada"}, "#/sender"),
    ],
)
def test_wrong_input_is_named(story: Story, body: dict[str, Any], pointer: str) -> None:
    sender = {"sender": story.stage.world.parties["ada"].address}
    path = f"/v1/loans/{story.id('punctual')}/transactions"
    problem = refused(story.stage.post(path, sender | body), 422, "validation_failed")
    assert pointer in [error["pointer"] for error in problem["errors"]]
