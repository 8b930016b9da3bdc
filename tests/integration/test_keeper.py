"""The keeper on a real chain, fed by a real index."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from click.testing import CliRunner
from eth_utils import keccak
from tests.integration.servicing import Servicing
from tests.integration.world import UNIT, Party, World

from tallystick.chain.client import BookClient
from tallystick.chain.errors import InsufficientGasFunds, RpcUnavailable
from tallystick.chain.sender import Sender, SenderPolicy
from tallystick.cli import main
from tallystick.db import Database, migrate, open_database
from tallystick.db.lock import try_lock
from tallystick.indexer.indexer import Indexer
from tallystick.indexer.repository import get_loan
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import due_day
from tallystick.loans.kinds import Frequency
from tallystick.settlement import purse
from tallystick.settlement.attempts import RETRY_AFTER, Reason, attempts_of, last_attempt
from tallystick.settlement.keeper import Keeper, Round
from tallystick.settlement.metrics import REGISTRY
from tallystick.settlement.migrations import schema
from tallystick.settlement.service import KeeperService


class Desk:
    """One keeper with the database it works on."""

    def __init__(self, world: World, path: Path, name: str = "keeper", batch: int = 50) -> None:
        self.world = world
        self.path = path
        self.party = Party.named(name)
        world.rpc.call("anvil_setBalance", self.party.address, hex(10**21))
        self.catch_up()
        self.db: Database = open_database(path)
        migrate(self.db, schema)
        self.sender = Sender(
            world.rpc, self.party.key, world.chain_id, SenderPolicy(patience=5, poll=0.02)
        )
        client = BookClient(world.url, world.book)
        self.keeper = Keeper(self.db, world.rpc, client, self.sender, world.chain_id, batch)

    def catch_up(self) -> None:
        with Indexer(self.world.rpc, self.world.deployment, self.path) as indexer:
            indexer.run_until_head()

    def round(self) -> Round:
        """Indexes what is new, then works."""
        self.catch_up()
        return self.keeper.run_once()

    def paid_rows(self, agreement: Agreement) -> int:
        self.catch_up()
        state = get_loan(self.db, self.world.loan_id(agreement))
        assert state is not None
        return state.debt.row


@pytest.fixture
def desk(world: World, database_path: Path) -> Desk:
    return Desk(world, database_path)


def weekly(world: World, borrower: str = "ada", lender: str = "ben", **more: Any) -> Agreement:
    """Originates a loan of 700 dollars in 10 weekly rows that are due on the same days."""
    start = world.terms().start_date
    return world.originate(
        borrower=borrower,
        lender=lender,
        principal=700 * UNIT,
        frequency=Frequency.WEEKS,
        every=1,
        count=10,
        first_due_date=start + 7,  # the chain starts on the first of a month
        due_day=0,
        **more,
    )


def book_balance(world: World, name: str) -> int:
    client = BookClient(world.url, world.book)
    return client.balance_of(world.token, world.parties[name].address)


def test_nothing_is_sent_before_anything_is_due(desk: Desk) -> None:
    agreement = weekly(desk.world)
    desk.world.travel_to_day(due_day(agreement, 0) - 1)
    head = desk.world.head()
    assert desk.round() == Round()
    assert desk.world.head() == head


def test_collects_what_is_due_in_one_transaction_and_records_it(desk: Desk) -> None:
    world = desk.world
    loans = [weekly(world), weekly(world, "cem", "dora"), weekly(world, "dora", "ada")]
    world.travel_to_day(due_day(loans[0], 0))
    done = desk.round()
    assert (done.collected, done.failed, done.transactions) == (3, 0, 1)
    assert [desk.paid_rows(loan) for loan in loans] == [1, 1, 1]
    for loan in loans:
        attempt = last_attempt(desk.db, world.loan_id(loan))
        assert attempt is not None
        assert attempt.amount == loan.installment
        assert attempt.reason is None
        assert attempt.block_number == world.head()
        receipt = world.rpc.call("eth_getTransactionReceipt", "0x" + attempt.tx_hash.hex())
        assert receipt["from"] == desk.party.address.lower()
    assert desk.round() == Round()


def test_a_failing_loan_neither_stops_the_batch_nor_is_paid_for(desk: Desk) -> None:
    world = desk.world
    good, poor, shy = weekly(world), weekly(world, "cem", "dora"), weekly(world, "dora", "ada")
    cem = world.parties["cem"]
    world.approve(world.parties["dora"], shy.installment - 1)
    balance = book_balance(world, "cem")
    transfer = bytes.fromhex("a9059cbb") + _words(world.parties["ben"].address, balance)
    world.send(cem, transfer, to=world.token)
    world.travel_to_day(due_day(good, 0))

    done = desk.round()
    assert (done.collected, done.failed, done.transactions) == (1, 2, 1)
    found = {loan: last_attempt(desk.db, world.loan_id(loan)) for loan in (good, poor, shy)}
    assert found[good].reason is None
    assert (found[poor].reason, found[poor].amount) == (Reason.BALANCE, poor.installment)
    assert found[poor].detail == f"0 of {poor.installment}"
    assert (found[shy].reason, found[shy].amount) == (Reason.ALLOWANCE, shy.installment)
    # the failing ones were left out, so the chain has no trace of them
    assert found[good].block_number == world.head()
    logs = world.rpc.call("eth_getLogs", {"fromBlock": hex(world.head()), "address": world.book})
    assert {log["topics"][1] for log in logs} == {"0x" + world.loan_id(good).hex()}


def test_failed_loans_are_held_back_longer_each_time_and_tried_again(desk: Desk) -> None:
    world = desk.world
    loan = weekly(world)
    loan_id = world.loan_id(loan)
    world.approve(world.parties["ada"], 0)
    world.travel_to_day(due_day(loan, 0))
    for failures, pause in enumerate((*RETRY_AFTER, RETRY_AFTER[-1]), start=1):
        assert desk.round().failed == 1
        attempt = last_attempt(desk.db, loan_id)
        assert attempt.failures == failures
        assert attempt.retry_at == attempt.attempted_at + pause
        assert desk.round() == Round()
        world.travel(attempt.retry_at)
    world.approve(world.parties["ada"], 2**255)
    assert desk.round().collected == 1
    assert desk.paid_rows(loan) == 1
    assert [a.failures for a in attempts_of(desk.db, loan_id, 2)] == [0, len(RETRY_AFTER) + 1]


def test_autopay_that_is_off_is_left_alone(desk: Desk) -> None:
    world, servicing = desk.world, Servicing(desk.world)
    agreement = weekly(world)
    servicing.autopay(agreement, on=False)
    world.travel_to_day(due_day(agreement, 0))
    assert desk.round() == Round()
    servicing.autopay(agreement, on=True)
    assert desk.round().collected == 1


def test_a_keeper_that_does_not_know_yet_that_autopay_is_off_sends_nothing(desk: Desk) -> None:
    world, servicing = desk.world, Servicing(desk.world)
    agreement = weekly(world)
    world.travel_to_day(due_day(agreement, 0))
    desk.catch_up()
    servicing.autopay(agreement, on=False)
    done = desk.keeper.run_once()
    assert (done.collected, done.failed, done.settled, done.transactions) == (0, 0, 1, 0)


def test_amended_terms_are_handed_in(desk: Desk) -> None:
    world, servicing = desk.world, Servicing(desk.world)
    first = world.originate()
    loan_id = world.loan_id(first)
    world.travel_to_day(due_day(first, 0) + 5)
    desk.catch_up()
    second = servicing.amend(first, loan_id, principal=1_300 * UNIT, capitalise=True)
    done = desk.keeper.run_once()  # of the terms before: the index is behind
    assert (done.collected, done.failed) == (0, 0)
    world.travel_to_day(due_day(second, 0))
    assert desk.round().collected == 1


def test_the_guarantor_pays_after_the_agreed_days_what_the_borrower_does_not(desk: Desk) -> None:
    world, client = desk.world, BookClient(desk.world.url, desk.world.book)
    cem = world.parties["cem"]
    agreement = weekly(
        world, guarantor=cem.address, guaranteed=100 * UNIT, guarantee_days=5, penalty_rate=0
    )
    loan_id = world.loan_id(agreement)
    world.approve(world.parties["ada"], 0)
    world.travel_to_day(due_day(agreement, 0) + 4)
    done = desk.round()
    assert (done.failed, done.drawn) == (1, 0)
    world.approve(cem, 0)
    world.travel_to_day(due_day(agreement, 0) + 5)
    assert desk.round().drawn == 0
    world.approve(cem, 2**256 - 1)
    assert desk.round().drawn == 0  # it rests for an hour
    world.travel(world.now() + 3_601)
    assert desk.round().drawn == 1
    row = agreement.installment
    assert client.guarantee_of(loan_id, cem.address).drawn == row
    assert desk.round().drawn == 0
    world.travel_to_day(due_day(agreement, 1) + 6)
    assert desk.round().drawn == 1  # no more than was guaranteed
    assert client.guarantee_of(loan_id, cem.address).drawn == 100 * UNIT
    world.travel_to_day(due_day(agreement, 2) + 6)
    assert desk.round().drawn == 0


def test_two_loans_of_a_borrower_who_can_pay_one(desk: Desk) -> None:
    world = desk.world
    loans = [weekly(world), weekly(world)]
    world.approve(world.parties["ada"], loans[0].installment)
    world.travel_to_day(due_day(loans[0], 0))
    done = desk.round()
    assert (done.collected, done.failed) == (1, 1)
    assert sorted(desk.paid_rows(loan) for loan in loans) == [0, 1]


def test_a_batch_is_split_at_its_size(world: World, database_path: Path) -> None:
    desk = Desk(world, database_path, batch=2)
    loans = [weekly(world) for _ in range(5)]
    world.travel_to_day(due_day(loans[0], 0))
    done = desk.round()
    assert (done.collected, done.transactions) == (5, 3)


def test_a_stale_index_costs_nothing(desk: Desk) -> None:
    world = desk.world
    loan = weekly(world)
    world.travel_to_day(due_day(loan, 0))
    desk.catch_up()
    world.collect(loan)
    head = world.head()
    done = desk.keeper.run_once()  # the index does not know yet
    assert (done.settled, done.transactions) == (1, 0)
    assert world.head() == head
    assert last_attempt(desk.db, world.loan_id(loan)) is None


@pytest.mark.parametrize("names", [("keeper", "other"), ("keeper", "keeper")])
def test_two_keepers_at_once_pull_everything_exactly_once(
    world: World, tmp_path: Path, names: tuple[str, str]
) -> None:
    loans = [weekly(world, *pair) for pair in (("ada", "ben"), ("cem", "dora")) for _ in range(4)]
    desks = [Desk(world, tmp_path / f"{i}.db", name, 3) for i, name in enumerate(names)]
    for row in range(2):
        before = {name: book_balance(world, name) for name in ("ada", "ben", "cem", "dora")}
        world.travel_to_day(due_day(loans[0], row))
        for desk in desks:
            desk.catch_up()
        with ThreadPoolExecutor(2) as pool:
            rounds = list(pool.map(lambda desk: desk.keeper.run_once(), desks))
        assert sum(done.collected for done in rounds) == len(loans)
        assert sum(done.failed for done in rounds) == 0
        assert sum(done.transactions for done in rounds) <= 2 * 3
        assert all(desks[0].paid_rows(loan) == row + 1 for loan in loans)
        moved = 4 * loans[0].installment
        after = {name: book_balance(world, name) for name in before}
        assert after == {
            "ada": before["ada"] - moved,
            "ben": before["ben"] + moved,
            "cem": before["cem"] - moved,
            "dora": before["dora"] + moved,
        }


class AwkwardLoan:
    """A loan in a token that misbehaves on demand."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.token = world.deploy("AwkwardToken")
        for name in ("cem", "dora"):
            party = world.parties[name]
            mint = keccak(text="mint(address,uint256)")[:4] + _words(party.address, 10**12)
            world.send(party, mint, to=self.token)
            world.approve(party, 2**256 - 1, self.token)
        self.agreement = weekly(world, "cem", "dora", token=self.token)

    def set_mode(self, mode: int) -> None:
        call = keccak(text="setMode(uint8)")[:4] + mode.to_bytes(32, "big")
        self.world.send(self.world.parties["cem"], call, to=self.token)


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param(2, id="returns false"),
        pytest.param(5, id="reverts"),
        pytest.param(6, id="burns gas"),
    ],
)
def test_a_token_that_refuses_is_named_and_stops_nobody(desk: Desk, mode: int) -> None:
    world = desk.world
    good, bad = [weekly(world) for _ in range(4)], AwkwardLoan(world)
    bad.set_mode(mode)
    world.travel_to_day(due_day(bad.agreement, 0))
    done = desk.round()
    assert (done.collected, done.failed) == (4, 1)
    assert [desk.paid_rows(loan) for loan in good] == [1] * 4
    attempt = last_attempt(desk.db, world.loan_id(bad.agreement))
    assert attempt.reason is Reason.TOKEN
    assert desk.paid_rows(bad.agreement) == 0


@pytest.mark.parametrize(
    ("mode", "transactions"),
    [
        pytest.param(1, 1, id="returns nothing"),
        pytest.param(7, 2, id="needs more gas than a batch has"),
    ],
)
def test_a_strange_token_is_collected_all_the_same(
    desk: Desk, mode: int, transactions: int
) -> None:
    world = desk.world
    good, strange = weekly(world), AwkwardLoan(world)
    strange.set_mode(mode)
    world.travel_to_day(due_day(good, 0))
    done = desk.round()
    assert (done.collected, done.failed, done.transactions) == (2, 0, transactions)
    assert desk.paid_rows(strange.agreement) == 1


def test_a_keeper_killed_after_sending_neither_pulls_again_nor_stalls(desk: Desk) -> None:
    world = desk.world
    loan, later = weekly(world), weekly(world, "cem", "dora")
    world.travel_to_day(due_day(loan, 0))
    desk.catch_up()

    class Killed(Exception):
        pass

    send = desk.sender.send

    def send_and_die(*arguments: Any, **more: Any) -> None:
        send(*arguments, **more)
        raise Killed

    desk.sender.send = send_and_die
    with pytest.raises(Killed):
        desk.keeper.run_once()
    desk.db.close()

    again = Desk(world, desk.path)
    assert again.round() == Round()
    assert [again.paid_rows(agreement) for agreement in (loan, later)] == [1, 1]
    world.travel_to_day(due_day(loan, 1))
    assert again.round().collected == 2


def test_keepers_on_one_database_take_turns(desk: Desk) -> None:
    lock = desk.path.with_name("lock")
    service = KeeperService(
        desk.keeper, lambda: purse.look(desk.world.rpc, desk.party.address, 50), lock, 1.0
    )
    with try_lock(lock) as mine:
        assert mine
        assert service.run_once() is None
    assert service.run_once() == Round()


def test_the_process_goes_on_after_errors_and_reports(desk: Desk) -> None:
    world = desk.world
    loan = weekly(world)
    world.travel_to_day(due_day(loan, 0))
    desk.catch_up()
    stop, purses = Event(), []

    def look() -> purse.Purse:
        purses.append(purse.look(world.rpc, desk.party.address, 50))
        if len(purses) == 1:
            raise RpcUnavailable("node", "gone for a moment")
        if len(purses) == 3:
            stop.set()
        return purses[-1]

    service = KeeperService(desk.keeper, look, desk.path.with_name("lock"), 0.01)
    errors = REGISTRY.get_sample_value("tallystick_keeper_errors_total")
    service.follow(stop)
    assert desk.paid_rows(loan) == 1
    assert len(purses) == 3
    assert REGISTRY.get_sample_value("tallystick_keeper_errors_total") == errors + 1
    assert REGISTRY.get_sample_value("tallystick_keeper_purse_wei", {"chain": "0"}) == float(
        purses[-1].balance
    )
    last = REGISTRY.get_sample_value("tallystick_keeper_last_round_timestamp_seconds")
    assert abs(last - time.time()) < 60


def test_a_reorganisation_that_undoes_a_payment_is_made_good(desk: Desk) -> None:
    world = desk.world
    loan = weekly(world)
    world.travel_to_day(due_day(loan, 0))
    world.mine(2)
    assert desk.round().collected == 1
    assert desk.paid_rows(loan) == 1
    world.reorg(1)
    assert desk.paid_rows(loan) == 0
    assert desk.round().collected == 1
    assert desk.paid_rows(loan) == 1


def test_an_empty_purse_is_told_apart_from_a_bad_loan(desk: Desk) -> None:
    world = desk.world
    loan = weekly(world)
    world.travel_to_day(due_day(loan, 0))
    world.rpc.call("anvil_setBalance", desk.party.address, "0x1")
    assert purse.look(world.rpc, desk.party.address, 50).low
    with pytest.raises(InsufficientGasFunds):
        desk.round()
    assert last_attempt(desk.db, world.loan_id(loan)) is None
    world.rpc.call("anvil_setBalance", desk.party.address, hex(10**21))
    assert not purse.look(world.rpc, desk.party.address, 50).low
    assert desk.round().collected == 1


def test_a_silent_node_leaves_nothing_behind(desk: Desk) -> None:
    world = desk.world
    loan = weekly(world)
    world.travel_to_day(due_day(loan, 0))
    desk.catch_up()
    world.anvil.stop()
    with pytest.raises(RpcUnavailable):
        desk.keeper.run_once()
    assert last_attempt(desk.db, world.loan_id(loan)) is None


def test_the_log_of_attempts_cannot_hold_half_an_outcome(desk: Desk) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        desk.db.execute(
            "INSERT INTO collection_attempts (loan_id, attempted_at, amount, failures)"
            " VALUES (x'00', 0, '0', 0)"
        )


def test_command_needs_a_key_and_names_the_variable() -> None:
    answer = CliRunner().invoke(main, ["keeper", "--once"], env={"TALLYSTICK_KEEPER_KEY": ""})
    assert answer.exit_code == 1
    assert "TALLYSTICK_KEEPER_KEY" in answer.output


def _words(account: str, number: int) -> bytes:
    return bytes.fromhex(account[2:]).rjust(32, b"\0") + number.to_bytes(32, "big")
