"""The demo, played by the real stack, and what it must leave behind, to the unit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.scenario import assert_stored
from tests.integration.stack.running import RunningStack

from tallystick.audit.movements import expected_movements
from tallystick.chain.client import BookClient
from tallystick.chain.deployment import Deployment, load_deployment
from tallystick.chain.devchain import DevelopmentChain
from tallystick.db import Database
from tallystick.decisions.store import between
from tallystick.demo import plan
from tallystick.demo.people import AMARA, CARMEN, ESTER, LINDIWE, MARCO, PEOPLE
from tallystick.demo.plan import (
    BOAT,
    COCOA,
    GREENHOUSE,
    HARVEST,
    LOANS,
    OVEN,
    SAVINGS,
    SCHOOL,
    SEWING,
    SHOP,
    STALL,
    VAN,
    WORKSHOP,
)
from tallystick.indexer.repository import events_of, get_loan, list_loans, open_index
from tallystick.loans.agreement import RATE_SCALE
from tallystick.loans.calendar import day_at, due_day
from tallystick.loans.debt import Guarantee
from tallystick.loans.events import Amended
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.kinds import Amortization, Source, Status
from tallystick.loans.ledger import owed_at
from tallystick.loans.rounding import round_q
from tallystick.loans.schedule import schedule
from tallystick.offers.store import get_offer
from tallystick.settlement.attempts import Reason, attempts_of

Lives = dict[plan.Lend | plan.Apply, LoanState]


@pytest.fixture
def db(stack: RunningStack) -> Iterator[Database]:
    database = open_index(stack.layout.database)
    yield database
    database.close()


@pytest.fixture
def deployment(stack: RunningStack) -> Deployment:
    return load_deployment(stack.layout.record)


@pytest.fixture
def client(stack: RunningStack, deployment: Deployment) -> BookClient:
    return BookClient(stack.layout.rpc_url, deployment.book)


@pytest.fixture
def loans(db: Database) -> Lives:
    """What became of each planned loan; they are listed newest first."""
    states = [get_loan(db, loan.loan_id) for loan in reversed(list_loans(db, limit=100))]
    return dict(zip(LOANS, states, strict=True))


def test_every_kind_of_loan_ends_as_planned(loans: Lives) -> None:
    assert {loan.agreement.amortization for loan in loans.values()} == set(Amortization)
    assert {lend: loan.debt.status for lend, loan in loans.items()} == {
        lend: Status.CLOSED if lend in (VAN, OVEN, HARVEST) else Status.ACTIVE for lend in LOANS
    }
    for lend, loan in loans.items():
        terms = loan.original
        lender = LINDIWE if isinstance(lend, plan.Apply) else lend.lender
        assert (terms.borrower, terms.lender) == (lend.borrower.address, lender.address)
        assert terms.principal == lend.principal
        assert isinstance(lend, plan.Apply) or terms.count == lend.count


def test_what_lindiwe_lends_was_decided(loans: Lives, db: Database) -> None:
    decided = between(db, 0, 2**40)
    offers = {each.offer_id: get_offer(db, each.offer_id) for each in decided if each.offer_id}
    lent = {offers[each.offer_id].loan_id: each for each in decided if each.offer_id}
    assert set(lent) == {
        loan.loan_id for lend, loan in loans.items() if isinstance(lend, plan.Apply)
    }
    outcomes = {lend: lent[loans[lend].loan_id].outcome for lend in (HARVEST, COCOA, SCHOOL)}
    assert set(outcomes.values()) == {"approve"}
    assert lent[loans[WORKSHOP].loan_id].outcome == "refer"
    assert loans[HARVEST].original.amortization is Amortization.BULLET
    assert loans[COCOA].original.amortization is Amortization.CUSTOM
    (declined,) = (each for each in decided if each.offer_id is None)
    assert (declined.outcome, declined.reasons) == ("decline", ("risk_too_high",))


def test_a_decision_of_the_demo_is_the_same_again(stack: RunningStack, db: Database) -> None:
    keys = json.loads(stack.layout.vault_keys.read_text())
    program = Path(sys.executable).with_name("tallystick")
    for decision in between(db, 0, 2**40)[:2]:
        done = subprocess.run(
            [program, "decisions", "replay", decision.decision_id],
            env=os.environ | stack.layout.environment() | keys,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == f"SAME: {decision.decision_id} {decision.outcome}\n"


def test_index_contract_and_replay_agree(
    stack: RunningStack, loans: Lives, db: Database, client: BookClient
) -> None:
    now = int(time.time())
    head = int(stack.rpc.call("eth_blockNumber"), 16)
    for loan in loans.values():
        assert fold(events_of(db, loan.loan_id)) == loan
        assert_stored(client, loan, head)
        assert client.owed_at(loan.agreement, now) == owed_at(
            loan.agreement, loan.stored, day_at(now)
        )


def test_every_unit_of_money_is_where_the_loans_say(
    loans: Lives, db: Database, client: BookClient, deployment: Deployment
) -> None:
    expected = Counter({person.address: SAVINGS[person] for person in PEOPLE})
    events = [event for loan in loans.values() for event in events_of(db, loan.loan_id)]
    moved = expected_movements(events, {loan.loan_id for loan in loans.values()})
    for (_, token, sender, to), amount in moved.items():
        assert token == deployment.token
        expected[sender] -= amount
        expected[to] += amount
    for account, amount in expected.items():
        assert client.balance_of(deployment.token, account) == amount
    deposits = sum(loan.escrow.amount for loan in loans.values())
    assert expected[deployment.book] == deposits == BOAT.deposit


def test_installments_were_pulled_on_their_due_days(loans: Lives) -> None:
    for lend in (SHOP, VAN, HARVEST, SEWING, COCOA, STALL, WORKSHOP):
        loan = loans[lend]
        rows = schedule(loan.agreement)
        assert loan.payments
        for number, payment in enumerate(loan.payments):
            assert payment.source is Source.COLLECTED
            assert payment.day == due_day(loan.agreement, number)
            assert payment.split.penalty == 0
            assert payment.split.interest == rows[number].interest
            assert payment.split.principal == rows[number].principal
    assert len(loans[VAN].payments) == VAN.count
    assert loans[VAN].paid.principal == VAN.principal


def test_one_borrower_was_late_and_is_cured(loans: Lives, db: Database) -> None:
    loan = loans[GREENHOUSE]
    late = [payment for payment in loan.payments if payment.split.penalty]
    assert len(late) == 1
    start = day_at(loan.originated.timestamp)
    assert late[0].day - start == 130 - 14
    assert due_day(loan.agreement, 6) - start == 112 - 14
    # two rows at once, and the penalty: 15 days on the first, 1 on the second, 3 being of grace
    rows = schedule(loan.agreement)[6:8]
    overdue = [row.interest + row.principal for row in rows]
    points = 15 * overdue[0] + 1 * overdue[1]
    terms = loan.agreement
    penalty = round_q(points * terms.penalty_rate, 365 * RATE_SCALE, terms.quantum)
    assert late[0].split.penalty == penalty > 0
    assert late[0].split.total - late[0].split.penalty == sum(overdue)
    assert not loan.debt.late
    assert owed_at(loan.agreement, loan.stored, day_at(time.time())).days_past_due == 0

    attempts = attempts_of(db, loan.loan_id, 100)[::-1]
    failed = [attempt for attempt in attempts if attempt.reason]
    assert {attempt.reason for attempt in failed} == {Reason.ALLOWANCE}
    assert failed[0].amount == overdue[0]
    assert [a.amount for a in attempts if not a.reason] == [p.split.total for p in loan.payments]


def test_the_guarantor_paid_one_installment(loans: Lives) -> None:
    loan = loans[BOAT]
    drawn = [payment for payment in loan.payments if payment.source is Source.GUARANTOR]
    assert [payment.payer for payment in drawn] == [ESTER.address]
    assert drawn[0].day == due_day(loan.agreement, 2) + BOAT.guarantee_days
    total = drawn[0].split.total
    assert loan.guarantees == {ESTER.address: Guarantee(total, total)}
    assert loan.escrow.amount == BOAT.deposit
    assert not loan.debt.late


def test_one_claim_was_sold(loans: Lives) -> None:
    loan = loans[SEWING]
    assert (loan.original.lender, loan.holder) == (MARCO.address, LINDIWE.address)


def test_one_loan_was_restructured_and_is_watched(loans: Lives) -> None:
    loan = loans[SCHOOL]
    (amended,) = [change for change in loan.changes if isinstance(change, Amended)]
    assert amended.waived.penalty > 0
    assert amended.balance > SCHOOL.principal
    assert loan.payments
    assert loan.debt.watch_left == 6 - len(loan.payments) > 0


def test_one_loan_was_prepaid_and_closed(loans: Lives) -> None:
    loan = loans[OVEN]
    by_hand = [payment for payment in loan.payments if payment.source is Source.PAID]
    assert [payment.payer for payment in by_hand] == [AMARA.address, AMARA.address]
    assert by_hand[0].split.total == 3_000 * plan.UNIT
    assert loan.payments[-1] is by_hand[1]
    assert loan.closed is not None
    assert loan.paid.principal == OVEN.principal
    assert loan.paid.interest < sum(row.interest for row in schedule(loan.agreement))


def test_the_clock_has_reached_the_present(stack: RunningStack) -> None:
    assert abs(DevelopmentChain(stack.rpc).now() - time.time()) < 60


def test_the_terminal_tells_the_story(first_output: str, stack: RunningStack) -> None:
    for sentence in (
        "Marco lends Carmen 4,000.00 TUSD at 18 %",
        "The keeper cannot pull the greenhouse's installment: allowance too small",
        "What is late on the greenhouse is paid, and the penalty",
        "Amara closes the loan for the bakery oven with",
        "Marco sells the claim on the sewing machines to Lindiwe for 2,000.00 TUSD",
        "Lindiwe and Felix restructure the loan for school fees",
        "Felix asks Lindiwe for 1,800.00 TUSD (school fees): grade",
        "Gideon asks Lindiwe for 6,000.00 TUSD (new car): declined.",
        "Bashir asks Lindiwe for 9,000.00 TUSD (workshop roof): left to people.",
        "Nadia and Omar agree to lend",
    ):
        assert sentence in first_output
    assert "day 214 of 214" in first_output
    assert f"{stack.layout.url}/reference" in first_output
    table = first_output[first_output.index("loan   borrower") :].splitlines()[1:12]
    assert sorted(line.split()[-1] for line in table) == ["active"] * 8 + ["closed"] * 3
    assert all(len(line) <= 80 for line in table)


def test_pages_and_api_show_the_loans(stack: RunningStack, loans: Lives) -> None:
    page = stack.get("/").text
    for loan in loans.values():
        loan_id = "0x" + loan.loan_id.hex()
        assert loan_id in page
        single = stack.get(f"/loans/{loan_id}")
        assert single.status_code == 200
        for payment in loan.payments:
            assert payment.ref.tx_hash.hex() in single.text
    assert stack.get("/reference").status_code == 200
    assert stack.get("/readyz").status_code == 200
    statuses = [loan["status"] for loan in stack.get("/v1/loans").json()["data"]]
    assert sorted(statuses) == ["active"] * 8 + ["closed"] * 3


def test_another_keeper_finds_nothing_left(stack: RunningStack) -> None:
    key = "0x" + CARMEN.account.key.hex().removeprefix("0x")
    program = Path(sys.executable).with_name("tallystick")
    for _ in range(20):  # while the other one is at work, this one stands by
        done = subprocess.run(
            [program, "keeper", "--once"],
            env=os.environ | stack.layout.environment() | {"TALLYSTICK_KEEPER_KEY": key},
            capture_output=True,
            text=True,
            check=True,
        )
        if done.stdout != "Another keeper is at work.\n":
            break
    assert done.stdout == "0 collected, 0 failed, 0 transactions, 0 gas.\n"


def test_nothing_went_wrong_on_the_way(stack: RunningStack) -> None:
    keeper, service = (stack.layout.log(name).read_text() for name in ("keeper", "service"))
    assert '"level":"info"' in keeper
    assert '"level":"error"' not in keeper + service
    assert "Traceback" not in keeper + service
