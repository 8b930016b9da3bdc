"""What API and pages say of the keeper's tries: nothing, a failure with its reason, a success."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.integration.api.server import Stage
from tests.integration.world import Party

from tallystick.api.schemas.types import rfc3339
from tallystick.chain import calls
from tallystick.chain.client import BookClient
from tallystick.chain.sender import Sender
from tallystick.db import migrate, open_database
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import due_day
from tallystick.settlement.attempts import RETRY_AFTER
from tallystick.settlement.keeper import Keeper
from tallystick.settlement.migrations import schema

Pull = Callable[[], None]


@pytest.fixture
def pull(stage: Stage) -> Iterator[Pull]:
    """One round of a keeper at the server's own database, which is made by the first."""
    world = stage.world
    party = Party.named("keeper")
    world.rpc.call("anvil_setBalance", party.address, hex(10**21))
    db = open_database(stage.settings.db)

    def once() -> None:
        migrate(db, schema)
        sender = Sender(world.rpc, party.key, world.chain_id)
        client = BookClient(world.url, world.book)
        stage.sync()
        Keeper(db, world.rpc, client, sender, world.chain_id).run_once()
        stage.sync()

    yield once
    db.close()


def last_pull(stage: Stage, agreement: Agreement) -> Any:
    loan_id = "0x" + stage.world.loan_id(agreement).hex()
    answer = stage.get(f"/v1/loans/{loan_id}")["last_pull"]
    (listed,) = stage.get("/v1/loans")["data"]
    assert listed["last_pull"] == answer
    return answer


def texts(stage: Stage, agreement: Agreement, language: str = "en") -> tuple[str, str]:
    """List and loan as pages."""
    loan_id = "0x" + stage.world.loan_id(agreement).hex()
    pages = ["/", f"/loans/{loan_id}"]
    there, here = (stage.http.get(path, params={"lang": language}).text for path in pages)
    return there, here


def test_a_failed_pull_is_told_with_its_cure_until_it_is_cured(stage: Stage, pull: Pull) -> None:
    world = stage.world
    ada = world.parties["ada"]
    agreement = world.originate(borrower="ada")
    stage.sync()
    assert last_pull(stage, agreement) is None
    assert "pull failed" not in texts(stage, agreement)[0]

    world.approve(ada, 40_000_000)
    world.travel_to_day(due_day(agreement, 0))
    pull()
    failed = last_pull(stage, agreement)
    due = str(agreement.installment)
    assert failed["outcome"] == "failed"
    assert failed["reason"] == "allowance_too_small"
    assert (failed["available"], failed["required"]) == ("40000000", due)
    assert (failed["amount"], failed["failures"]) == (due, 1)
    begun = world.now() // 86_400 * 86_400
    assert rfc3339(begun) <= failed["at"] < failed["next_try"] <= rfc3339(world.now() + 600)
    listed, shown = texts(stage, agreement)
    assert "pull failed" in listed
    assert "the allowance was 40.00 TUSD of 106.62 TUSD needed. Raise the allowance" in shown
    listed, shown = texts(stage, agreement, "zh-Hans")
    assert "扣款失败" in listed
    assert "授权额度为 40.00 TUSD" in shown

    world.approve(ada, 2**128)
    world.travel(world.now() + RETRY_AFTER[0] + 60)
    pull()
    collected = last_pull(stage, agreement)
    assert (collected["outcome"], collected["amount"]) == ("collected", due)
    assert collected["reason"] is None
    assert collected["next_try"] is None
    listed, shown = texts(stage, agreement)
    assert "pull failed" not in listed
    assert "The last pull" not in shown


def test_a_failure_before_the_row_was_paid_by_hand_is_history(stage: Stage, pull: Pull) -> None:
    world = stage.world
    agreement = world.originate(borrower="cem")
    world.send(
        world.parties["cem"],
        bytes.fromhex("a9059cbb")  # transfer(address,uint256)
        + bytes.fromhex(world.parties["ben"].address[2:]).rjust(32, b"\0")
        + (10_000_000 * 10**6 + agreement.principal - 7).to_bytes(32, "big"),
        to=world.token,
    )
    world.travel_to_day(due_day(agreement, 0))
    pull()
    failed = last_pull(stage, agreement)
    assert (failed["reason"], failed["available"]) == ("balance_too_small", "7")
    assert "the borrower held 0.000007 TUSD of 106.62 TUSD" in texts(stage, agreement)[1]

    world.send(world.parties["dora"], calls.pay_call(agreement, agreement.installment))
    world.travel_to_day(due_day(agreement, 1) + 2)
    stage.sync()
    assert last_pull(stage, agreement) == failed
    assert "pull failed" not in texts(stage, agreement)[0]
