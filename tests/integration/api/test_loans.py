"""What the API says of loans, held against the contract itself."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.api.server import Stage
from tests.integration.api.story import Story

from tallystick.api.schemas.types import rfc3339
from tallystick.chain.client import BookClient
from tallystick.chain.typed_data import digest
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import SECONDS_PER_DAY, due_day

NAMES = ("punctual", "late", "closed", "unpaid")


@pytest.fixture(scope="module")
def book(story: Story) -> BookClient:
    return BookClient(story.stage.world.url, story.stage.world.book)


def ids(answer: Any) -> list[str]:
    return [loan["loan_id"] for loan in answer["data"]]


def test_all_pages_together_are_all_loans_newest_first(story: Story) -> None:
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = story.get("/v1/loans", limit=1, **after)
        seen += ids(page)
        if not page["has_more"]:
            break
        after = {"starting_after": page["data"][-1]["loan_id"]}
    assert seen == [story.id(name) for name in reversed(NAMES)]


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ("active", ["unpaid", "late", "punctual"]),
        ("overdue", ["unpaid", "late"]),
        ("closed", ["closed"]),
    ],
)
def test_filter_by_status(story: Story, status: str, names: list[str]) -> None:
    assert ids(story.get("/v1/loans", status=status)) == [story.id(name) for name in names]


def test_filter_by_party_and_token_in_any_case(story: Story) -> None:
    world = story.stage.world
    ada = world.parties["ada"].address.lower()
    assert ids(story.get("/v1/loans", borrower=ada)) == [story.id("closed"), story.id("punctual")]
    both = story.get("/v1/loans", borrower=ada, lender=world.parties["dora"].address)
    assert ids(both) == [story.id("closed")]
    assert len(ids(story.get("/v1/loans", token=world.token))) == len(NAMES)
    assert ids(story.get("/v1/loans", token=world.book)) == []


def test_the_terms_shown_hash_to_the_loan_id(story: Story) -> None:
    for name in NAMES:
        answer = story.get(f"/v1/loans/{story.id(name)}")
        agreement = Agreement.from_json(answer["agreement"])
        as_of = answer["as_of"]
        assert "0x" + digest(agreement, as_of["chain_id"], as_of["book"]).hex() == story.id(name)
        assert agreement == story.loans[name]


@pytest.mark.parametrize("days", [0, 1, 40])
@pytest.mark.parametrize("name", NAMES)
def test_amounts_due_are_the_contracts(
    story: Story, book: BookClient, name: str, days: int
) -> None:
    at = story.stage.world.now() + days * SECONDS_PER_DAY
    owed = book.owed_at(story.loans[name], at)
    answer = story.get(f"/v1/loans/{story.id(name)}/due", at=rfc3339(at))
    assert answer["due"]["penalty"] == str(owed.due.penalty)
    assert answer["due"]["interest"] == str(owed.due.interest)
    assert answer["due"]["principal"] == str(owed.due.principal)
    assert answer["due"]["total"] == str(owed.due.total)
    assert answer["accrued"] == str(owed.accrued)
    assert answer["payoff"] == str(owed.payoff)
    assert answer["outstanding"] == str(owed.outstanding)
    assert answer["days_past_due"] == owed.days_past_due


@pytest.mark.parametrize("name", NAMES)
def test_the_agreed_schedule_is_the_contracts(story: Story, book: BookClient, name: str) -> None:
    rows = story.get(f"/v1/loans/{story.id(name)}/schedule")["data"]
    shown = [
        (row["agreed"]["interest"], row["agreed"]["principal"], row["agreed_balance"])
        for row in rows
    ]
    agreed = book.schedule_of(story.loans[name])
    assert shown == [tuple(str(amount) for amount in row[1:]) for row in agreed]


def test_rows_tell_what_became_of_them(story: Story) -> None:
    def statuses(name: str) -> list[str]:
        rows = story.get(f"/v1/loans/{story.id(name)}/schedule")["data"]
        return [row["status"] for row in rows]

    assert statuses("punctual") == ["paid"] * 5 + ["upcoming"] * 7
    assert statuses("late")[:6] == ["paid", "paid", "paid_late", "overdue", "overdue", "upcoming"]
    assert statuses("late")[-1] == "not_needed"
    assert statuses("closed") == ["paid"] * 5 + ["not_needed"]
    assert statuses("unpaid") == ["overdue"]


@pytest.mark.parametrize("name", NAMES)
def test_payments_add_up_and_are_on_chain(story: Story, name: str) -> None:
    path = f"/v1/loans/{story.id(name)}"
    payments, schedule = story.get(f"{path}/payments"), story.get(f"{path}/schedule")
    for component in ("interest", "principal", "penalty", "total"):
        total = sum(int(payment["split"][component]) for payment in payments["data"])
        assert payments["totals"][component] == str(total)
    by_rows = sum(int(row["paid"]["total"]) + int(row["prepaid"]) for row in schedule["data"])
    assert by_rows + int(payments["totals"]["penalty"]) == int(payments["totals"]["total"])
    rpc = story.stage.world.rpc
    for payment in payments["data"]:
        where = payment["chain"]
        receipt = rpc.call("eth_getTransactionReceipt", where["transaction_hash"])
        logs = {int(log["logIndex"], 16): log for log in receipt["logs"]}
        assert logs[where["log_index"]]["topics"][1] == story.id(name)
        assert int(receipt["blockNumber"], 16) == where["block_number"]
        assert where["confirmations"] == story.stage.world.head() - where["block_number"] + 1


def test_a_time_may_have_any_offset_but_not_lie_before_the_last_payment(story: Story) -> None:
    path = f"/v1/loans/{story.id('late')}/due"
    assert story.get(path, at="2026-07-24T01:00:00+02:00")["at"] == "2026-07-23T23:00:00Z"
    problem = story.stage.http.get(path, params={"at": "2026-05-06T23:59:59Z"}).json()
    assert problem["code"] == "validation_failed"
    assert problem["errors"][0]["parameter"] == "at"


def test_money_has_its_token_beside_it(story: Story) -> None:
    token = {"address": story.stage.world.token, "symbol": "TUSD", "decimals": 6}
    path = f"/v1/loans/{story.id('late')}"
    for part in ("", "/schedule", "/payments", "/due"):
        assert story.get(path + part)["token"] == token


def test_a_day_passing_makes_a_loan_overdue_without_any_event(stage: Stage) -> None:
    agreement = stage.world.originate(count=2)
    loan = f"/v1/loans/0x{stage.world.loan_id(agreement).hex()}"
    day = due_day(agreement, 0)
    for ahead, status in ((0, "active"), (1, "overdue")):
        stage.world.travel_to_day(day + ahead)
        stage.sync()
        assert (stage.get(loan)["status"], stage.get(loan)["days_past_due"]) == (status, ahead)


def test_a_reorg_takes_back_what_was_shown(stage: Stage) -> None:
    agreement = stage.world.originate()
    loan = f"/v1/loans/0x{stage.world.loan_id(agreement).hex()}"
    stage.sync()
    assert stage.get(loan)["originated"]["confirmations"] == 1
    stage.world.reorg(1)
    stage.world.mine()
    stage.sync()
    answer = stage.http.get(loan)
    assert (answer.status_code, answer.json()["code"]) == (404, "loan_not_found")


def test_an_answer_is_sent_again_only_when_it_changed(stage: Stage) -> None:
    stage.world.originate()
    stage.sync()
    first = stage.http.get("/v1/loans")
    again = stage.http.get("/v1/loans", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    stage.world.mine()
    stage.sync()
    changed = stage.http.get("/v1/loans", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
