"""Messages about loans on a real chain, from a real index, through reorgs and jumps of time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from eth_account import Account
from tests.integration.anvil import Anvil
from tests.integration.api.server import write_record
from tests.integration.servicing import Servicing
from tests.integration.world import UNIT, Party, World

from tallystick.chain import calls
from tallystick.chain.client import BookClient
from tallystick.chain.errors import RpcUnavailable
from tallystick.chain.sender import Sender
from tallystick.cli import main
from tallystick.db import migrate, open_database
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.keys import new_key_text
from tallystick.indexer.indexer import Indexer
from tallystick.indexer.repository import open_index
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import due_day
from tallystick.loans.kinds import Frequency
from tallystick.messages.currencies import Currencies
from tallystick.messages.dispatcher import SINK, Dispatcher
from tallystick.messages.outbox import Message, messages_file, newest
from tallystick.messages.rules import load_rules
from tallystick.messages.transports.sink import Sink
from tallystick.messages.watcher import Watcher
from tallystick.settlement.keeper import Keeper
from tallystick.settlement.migrations import schema


class Office:
    """Index, watcher and a dispatcher that writes to a sink."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.path = folder / "index.db"
        self.catch_up()
        self.file: PrivateFile = messages_file(folder / "messages.db")
        self.rules = load_rules()
        sink = {SINK: Sink(folder / "sink.jsonl")}
        self.dispatcher = Dispatcher(self.file, sink, None, self.rules, "http://x.example", _wall)
        self.watcher = self.another([world.url])
        self.round()

    def another(self, nodes: list[str]) -> Watcher:
        currencies = Currencies({self.world.chain_id: nodes})
        return Watcher(open_index(self.path), self.file, currencies, self.rules)

    def catch_up(self) -> None:
        with Indexer(self.world.rpc, self.world.deployment, self.path) as indexer:
            indexer.run_until_head()

    def round(self, *, deliver: bool = True) -> None:
        self.catch_up()
        while self.watcher.round():
            pass
        if deliver:
            while self.dispatcher.round():
                pass

    def told(self) -> list[Message]:
        with self.file.open() as db:
            return [message for message, _ in newest(db, 1000)][::-1]

    def kinds(self, name: str = "ada") -> list[str]:
        """Kinds of what somebody sees in his inbox, oldest first."""
        address = self.world.parties[name].address
        return [
            message.kind
            for message in self.told()
            if message.recipient == address and message.state != "withdrawn"
        ]


def _wall() -> float:
    import time

    return time.time()


@pytest.fixture
def office(world: World, tmp_path: Path) -> Iterator[Office]:
    opened = Office(world, tmp_path)
    yield opened
    opened.dispatcher.close()
    opened.file.close()


def weekly(world: World, **more: Any) -> Agreement:
    start = world.terms().start_date
    return world.originate(
        principal=700 * UNIT, frequency=Frequency.WEEKS, every=1, count=10,
        first_due_date=start + 7, due_day=0, **more,
    )  # fmt: skip


def test_a_borrower_is_reminded_once_of_each_step(office: Office) -> None:
    world = office.world
    loan = weekly(world)
    due = due_day(loan, 0)
    for day in (due - 4, due - 3, due - 2, due, due + 1, due + 2, due + 3):
        world.travel_to_day(day)
        for _ in range(2):
            office.round()
    assert office.kinds() == ["due_soon", "due_today", "overdue", "overdue"]
    soon, today, first, second = office.told()
    assert soon.facts["amount"] == {
        "units": str(loan.installment), "symbol": "TUSD", "decimals": 6,
    }  # fmt: skip
    assert soon.facts["how"] == "collected"
    assert today.facts["due_date"] == soon.facts["due_date"]
    assert [message.facts["days"] for message in (first, second)] == [1, 3]
    world.collect(loan)
    world.travel_to_day(due + 4)  # three days before the next one
    office.round()
    assert office.kinds()[4:] == ["payment_received", "due_soon"]


def test_time_that_jumps_sends_no_flood(office: Office) -> None:
    """A service that slept for weeks tells of today, once for each loan."""
    world = office.world
    loans = [weekly(world) for _ in range(3)]
    world.travel_to_day(due_day(loans[0], 0) - 3)
    office.round()
    world.travel_to_day(due_day(loans[0], 5))
    office.round()
    assert Counter(office.kinds()) == {"due_soon": 3, "overdue": 3}
    assert {message.facts["days"] for message in office.told()[3:]} == {35}
    for _ in range(3):
        office.round()
    assert len(office.told()) == 6


def test_a_failed_pull_is_told_at_once_with_the_reason_and_once(office: Office) -> None:
    world = office.world
    loan = weekly(world)
    keeper = _keeper(office)
    world.approve(world.parties["ada"], loan.installment - UNIT)
    world.travel_to_day(due_day(loan, 0))
    office.round()
    keeper.run_once()
    office.round()
    assert office.kinds() == ["due_today", "pull_failed"]
    facts = office.told()[-1].facts
    assert facts["reason"] == "allowance_too_small"
    assert int(facts["amount"]["units"]) - int(facts["available"]["units"]) == UNIT
    world.travel(world.now() + 400)
    keeper.run_once()
    office.round()
    assert office.kinds() == ["due_today", "pull_failed"]  # the same reason again is no news


def test_what_happens_to_a_loan_is_told_to_whom_it_concerns(office: Office) -> None:
    world, servicing = office.world, Servicing(office.world)
    loan = world.originate()
    id_ = world.loan_id(loan)
    world.travel_to_day(due_day(loan, 0))
    world.collect(loan)
    servicing.amend(loan, id_)
    office.round()
    assert office.kinds() == ["payment_received", "terms_changed"]
    assert office.kinds("ben") == ["terms_changed"]
    other = weekly(
        world,
        borrower="cem",
        lender="dora",
        guarantor=world.parties["ben"].address,
        guaranteed=50 * UNIT,
        guarantee_days=1,
        default_days=1,
        acceleration_days=1,
    )
    servicing.assign(other, world.loan_id(other), "ada")
    world.travel_to_day(due_day(other, 0) + 2)
    servicing.draw(other)
    office.round()
    assert office.kinds("cem") == ["overdue", "claim_assigned", "guarantor_paid"]
    assert office.kinds("ben")[1:] == ["guarantor_paid"]
    servicing.default(other)
    world.payoff(other)
    office.round()
    assert office.kinds("cem")[3:] == ["default_declared", "payment_received", "loan_closed"]
    assert office.kinds("ada")[2:] == ["loan_closed"]


def test_a_reorg_after_a_notice_is_corrected_and_before_it_withdrawn(office: Office) -> None:
    world = office.world
    told, quiet = weekly(world), weekly(world)
    world.mine(3)
    office.round()
    world.pay(told, 5 * UNIT)
    office.round()
    world.pay(quiet, 6 * UNIT)
    office.round(deliver=False)
    assert office.kinds() == ["payment_received"] * 2

    world.reorg(2)  # both payments vanish
    world.mine(1)
    office.round()
    assert office.kinds() == ["payment_received"] * 2  # their transactions may come back
    world.mine(2)
    office.round()
    assert office.kinds() == ["payment_received", "correction"]
    first, withdrawn, correction = office.told()
    assert (withdrawn.state, correction.facts["about"]) == ("withdrawn", "payment_received")
    assert correction.facts["tx"] in first.key
    for _ in range(2):
        world.mine(3)
        office.round()
    assert len(office.told()) == 3


def test_a_transaction_that_is_mined_again_needs_no_correction(office: Office) -> None:
    world = office.world
    loan = weekly(world)
    world.mine(2)
    office.round()
    raw = _signed(world, "ada", calls.pay_call(loan, 5 * UNIT))
    world.rpc.call("eth_sendRawTransaction", raw)
    office.round()
    (before,) = office.told()
    world.rpc.call("anvil_reorg", 2, [[raw, 1]])
    world.mine(5)
    office.round()
    assert office.kinds() == ["payment_received"]
    assert office.told() == [before]


def test_what_comes_back_after_its_correction_is_told_again(office: Office) -> None:
    world = office.world
    loan = weekly(world)
    world.mine(2)
    office.round()
    raw = _signed(world, "ada", calls.pay_call(loan, 5 * UNIT))
    world.rpc.call("eth_sendRawTransaction", raw)
    office.round()
    world.reorg(2)
    world.mine(3)
    office.round()
    world.rpc.call("eth_sendRawTransaction", raw)
    world.mine(1)
    office.round()
    assert office.kinds() == ["payment_received", "correction", "payment_received"]


def test_killed_before_any_write_it_tells_everything_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tallystick.messages.watcher as module

    world = office.world
    loans = [weekly(world) for _ in range(3)]
    world.travel_to_day(due_day(loans[0], 0))
    world.collect(*loans)
    office.catch_up()
    enqueue, calls = module.enqueue, [0]

    class Killed(Exception):
        pass

    real = module.confirm

    def dying(*arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] in (1, 3, 6):
            raise Killed
        return real(*arguments)

    monkeypatch.setattr(module, "confirm", dying)
    for _ in range(6):
        try:
            office.watcher.round()
        except Killed:
            office.watcher = office.another([world.url])
    assert office.kinds().count("payment_received") == 3
    assert enqueue is module.enqueue


def test_without_a_node_nothing_is_told_wrongly_and_nothing_is_lost(office: Office) -> None:
    world = office.world
    loan = weekly(world)
    world.travel_to_day(due_day(loan, 0))
    office.catch_up()
    silent = office.another(["http://127.0.0.1:9"])
    with pytest.raises(RpcUnavailable):
        silent.round()
    assert office.told() == []
    office.round()
    assert office.kinds() == ["due_today"]


def test_a_chain_that_is_silent_holds_up_no_other(office: Office) -> None:
    world = office.world
    with Anvil("--chain-id", "4242") as anvil:
        other = World(anvil)
        with Indexer(other.rpc, other.deployment, office.path) as indexer:
            indexer.run_until_head()
        office.round()
        world.pay(weekly(world), 5 * UNIT)
        other.pay(weekly(other), 5 * UNIT)
        office.catch_up()
        with Indexer(other.rpc, other.deployment, office.path) as indexer:
            indexer.run_until_head()
        assert office.watcher.round() == 1
        with pytest.raises(RpcUnavailable, match="4242"):
            office.watcher.round()
        nodes = {world.chain_id: [world.url], other.chain_id: [other.url]}
        both = Watcher(open_index(office.path), office.file, Currencies(nodes), office.rules)
        assert both.round() == 1


def test_the_command_watches_delivers_lists_and_shows(world: World, tmp_path: Path) -> None:
    path, sink = tmp_path / "index.db", tmp_path / "sink.jsonl"
    write_record(world, tmp_path / "deployment.json")
    environment = {
        "TALLYSTICK_RPC_URL": world.url,
        "TALLYSTICK_DB": str(path),
        "TALLYSTICK_DEPLOYMENT": str(tmp_path / "deployment.json"),
        "TALLYSTICK_MESSAGES": str(tmp_path / "messages.db"),
        "TALLYSTICK_MESSAGES_SINK": str(sink),
        "TALLYSTICK_IDENTITY": str(tmp_path / "identity.db"),
        "TALLYSTICK_VAULT": str(tmp_path / "vault.db"),
        "TALLYSTICK_WEBHOOKS": str(tmp_path / "webhooks.db"),
        "TALLYSTICK_VAULT_KEYS": f"k:{new_key_text()}",
        "TALLYSTICK_VAULT_INDEX_KEY": new_key_text(),
    }

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["messages", *arguments], env=environment)

    def look() -> None:
        with Indexer(world.rpc, world.deployment, path) as indexer:
            indexer.run_until_head()
        done = run("run", "--once")
        assert done.exit_code == 0, done.output

    assert "no database" in run("run", "--once").output
    loan = weekly(world)
    look()
    world.travel_to_day(due_day(loan, 0))
    look()
    (line,) = sink.read_text().splitlines()
    told = json.loads(line)
    assert (told["to"], told["kind"]) == (world.parties["ada"].address, "due_today")
    listed = run("list").stdout
    assert told["message_id"] in listed
    assert "sink sent" in listed
    shown = run("show", told["message_id"], "--language", "zh").stdout
    assert shown.startswith("今日应还款 ")
    assert run("show", "note_x").exit_code == 1
    assert "pull_failed" in run("kinds").stdout


def _signed(world: World, name: str, call: bytes) -> str:
    """A transaction as bytes, which are the same whenever they are mined."""
    party = world.parties[name]
    nonce = int(world.rpc.call("eth_getTransactionCount", party.address, "latest"), 16)
    transaction = {
        "chainId": world.chain_id, "to": world.book, "value": 0, "data": call, "nonce": nonce,
        "gas": 500_000, "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9, "type": 2,
    }  # fmt: skip
    return "0x" + Account.sign_transaction(transaction, party.key).raw_transaction.hex()


def _keeper(office: Office) -> Keeper:
    world = office.world
    party = Party.named("keeper")
    world.rpc.call("anvil_setBalance", party.address, hex(10**21))
    db = open_database(office.path)
    migrate(db, schema)
    client = BookClient(world.url, world.book)
    return Keeper(
        db, world.rpc, client, Sender(world.rpc, party.key, world.chain_id), world.chain_id
    )
