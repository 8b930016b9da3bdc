"""One process for all books and chains; allowances by Permit2; gas that is too dear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from eth_utils import keccak
from tests.integration.anvil import Anvil
from tests.integration.api.server import wait_until, write_record
from tests.integration.world import UNIT, Party, World

from tallystick.chain.funds import PERMIT2, funds
from tallystick.chain.rpc import Rpc
from tallystick.config import Settings, SettingsError
from tallystick.db import open_database
from tallystick.indexer.indexer import Indexer
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import due_day
from tallystick.settlement.assembly import assemble
from tallystick.settlement.attempts import Reason, last_attempt
from tallystick.settlement.metrics import REGISTRY

MOCKS = Path(__file__).parents[2] / "contracts" / "mocks"
FACTORY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
SALT = "0000000000000000000000000000000000000000d3af2663da51c10215000000"


class Firm:
    """The keepers of a registry, beside its index."""

    def __init__(self, worlds: list[World], folder: Path, **more: Any) -> None:
        self.worlds = worlds
        self.path = folder / "index.db"
        self.folder = folder
        home, *others = worlds
        write_record(home, folder / "deployment.json")
        (folder / "deployments").mkdir()
        for world in others:
            self.register(world)
        chains = {world.chain_id: (world.url,) for world in worlds[1:]}
        self.party = Party.named("keeper")
        for world in worlds:
            world.rpc.call("anvil_setBalance", self.party.address, hex(10**21))
        self.settings = Settings(
            rpc_url=home.url,
            chains={chain: urls for chain, urls in chains.items() if chain != home.chain_id},
            db=self.path,
            deployment=folder / "deployment.json",
            keeper_key="0x" + self.party.key.hex(),
            **more,
        )
        self.catch_up()
        self.fleet = assemble(self.settings, 0.05, 50)
        self.db = open_database(self.path)

    def register(self, world: World) -> None:
        name = f"{world.chain_id}-{world.book[2:8]}.json"
        write_record(world, self.folder / "deployments" / name)

    def catch_up(self) -> None:
        for chain_id in {world.chain_id: None for world in self.worlds}:
            first, *rest = (world for world in self.worlds if world.chain_id == chain_id)
            wanted = tuple(world.deployment for world in rest)
            with Indexer(
                Rpc(first.url), first.deployment, self.path, wanted=lambda wanted=wanted: wanted
            ) as indexer:
                indexer.run_until_head()

    def round(self) -> Any:
        self.catch_up()
        return self.fleet.run_once()


@pytest.fixture
def elsewhere() -> Iterator[World]:
    with Anvil("--chain-id", "4242") as anvil:
        yield World(anvil)


def test_every_book_of_every_chain_is_settled_by_one_process(
    world: World, elsewhere: World, tmp_path: Path
) -> None:
    second = World(world.anvil)
    worlds = [world, second, elsewhere]
    firm = Firm(worlds, tmp_path)
    loans = [one.originate() for one in worlds]
    for one, loan in zip(worlds, loans, strict=True):
        one.travel_to_day(due_day(loan, 0))
    assert firm.round().collected == 3
    for one, loan in zip(worlds, loans, strict=True):
        attempt = last_attempt(firm.db, one.loan_id(loan))
        assert attempt is not None
        assert attempt.reason is None
    assert firm.round().collected == 0
    for chain in ("31337", "4242"):
        assert REGISTRY.get_sample_value("tallystick_keeper_due", {"chain": chain}) == 0.0
        assert REGISTRY.get_sample_value("tallystick_keeper_lag_seconds", {"chain": chain}) < 5


def test_a_chain_that_is_down_holds_up_no_other_and_books_are_added(
    world: World, elsewhere: World, tmp_path: Path
) -> None:
    firm = Firm([world, elsewhere], tmp_path)
    later = World(elsewhere.anvil)
    loan = later.originate()
    later.travel_to_day(due_day(loan, 0))
    firm.worlds.append(later)
    firm.catch_up()
    world.anvil.stop()
    stop = Event()
    thread = Thread(target=firm.fleet.follow, args=[stop])
    thread.start()
    try:
        firm.register(later)
        wait_until(lambda: last_attempt(firm.db, later.loan_id(loan)) is not None)
    finally:
        stop.set()
        thread.join(30)
    attempt = last_attempt(firm.db, later.loan_id(loan))
    assert attempt is not None
    assert attempt.reason is None


def test_gas_that_is_too_dear_is_waited_out(world: World, tmp_path: Path) -> None:
    firm = Firm([world], tmp_path, keeper_max_fee_gwei=50)
    loan = world.originate()
    world.travel_to_day(due_day(loan, 0))
    world.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(80 * 10**9))
    world.mine()
    head = world.head()
    assert firm.round().transactions == 0
    assert world.head() == head
    chain = {"chain": "31337"}
    assert REGISTRY.get_sample_value("tallystick_keeper_gas_price_wei", chain) > 50e9
    assert REGISTRY.get_sample_value("tallystick_keeper_postponed_total", chain) >= 1
    world.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    world.mine()
    assert firm.round().collected == 1


def test_a_purse_that_empties_is_told_before(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    firm = Firm([world], tmp_path)
    firm.round()
    chain = {"chain": "31337"}
    batches = REGISTRY.get_sample_value("tallystick_keeper_purse_batches", chain)
    assert batches > 20
    assert "nearly empty" not in caplog.text
    price = int(world.rpc.call("eth_gasPrice"), 16)
    world.rpc.call("anvil_setBalance", firm.party.address, hex(price * 10_100_000 * 19))
    for _ in range(2):
        firm.round()
    assert REGISTRY.get_sample_value("tallystick_keeper_purse_batches", chain) == 19
    assert caplog.text.count("nearly empty") == 1


def test_pauses_between_tries_are_as_configured(world: World, tmp_path: Path) -> None:
    environment = {"TALLYSTICK_KEEPER_RETRIES": "1d, 3d"}
    retries = Settings.from_environment(environment).keeper_retries
    assert retries == (86_400, 3 * 86_400)
    for wrong in ("", "soon", "1w", "0d"):
        if wrong:
            with pytest.raises(SettingsError, match="RETRIES"):
                Settings.from_environment({"TALLYSTICK_KEEPER_RETRIES": wrong})
    firm = Firm([world], tmp_path, keeper_retries=retries)
    loan = world.originate()
    world.approve(world.parties["ada"], 0)
    world.travel_to_day(due_day(loan, 0))
    for days in (1, 3, 3):
        assert firm.round().failed == 1
        attempt = last_attempt(firm.db, world.loan_id(loan))
        assert attempt is not None
        assert attempt.retry_at == attempt.attempted_at + days * 86_400
        world.travel(attempt.retry_at)


def permitted_world(anvil: Anvil) -> World:
    """Permit2 stands on the chain before the book is made."""
    source = (MOCKS / "Permit2Deployer.sol").read_text()
    code = "".join(re.findall(r'hex"([0-9a-fA-F]+)"', source))
    deployer = Party.named("deployer").address
    anvil.rpc.call("anvil_setBalance", deployer, hex(10**24))
    sent = anvil.rpc.call(
        "eth_sendTransaction",
        {"from": deployer, "to": FACTORY, "data": f"0x{SALT}{code}", "gas": hex(10_000_000)},
    )
    wait_until(lambda: anvil.rpc.call("eth_getTransactionReceipt", sent) is not None)
    assert anvil.rpc.call("eth_getCode", PERMIT2, "latest") != "0x"
    return World(anvil, permit2=PERMIT2)


def allow(world: World, amount: int, expires: int) -> None:
    """Ada lets Permit2 take for the book."""
    call = keccak(text="approve(address,address,uint160,uint48)")[:4]
    words = [int(world.token, 16), int(world.book, 16), amount, expires]
    data = call + b"".join(word.to_bytes(32, "big") for word in words)
    world.send(world.parties["ada"], data, to=PERMIT2)


def token_allows_permit2(world: World, amount: int) -> None:
    call = keccak(text="approve(address,uint256)")[:4]
    data = call + int(PERMIT2, 16).to_bytes(32, "big") + amount.to_bytes(32, "big")
    world.send(world.parties["ada"], data, to=world.token)


def test_an_allowance_by_permit2_is_seen_used_and_told(anvil: Anvil, tmp_path: Path) -> None:
    world = permitted_world(anvil)
    ada = world.parties["ada"]
    firm = Firm([world], tmp_path, keeper_retries=(1,))
    loan: Agreement = world.originate()
    loan_id, row = world.loan_id(loan), loan.installment
    world.approve(ada, UNIT)
    token_allows_permit2(world, 2**255)
    world.travel_to_day(due_day(loan, 0))

    def found() -> Any:
        return funds(world.rpc, world.token, ada.address, world.book, world.now(), "latest")

    def fails_with(available: int) -> None:
        world.travel(world.now() + 2)
        assert firm.round().failed == 1
        attempt = last_attempt(firm.db, loan_id)
        assert attempt is not None
        assert (attempt.reason, attempt.detail) == (Reason.ALLOWANCE, f"{available} of {row}")

    fails_with(UNIT)
    allow(world, row - 1, world.now() + 10_000)
    assert (found().allowance, found().permit2) == (UNIT, row - 1)
    fails_with(row - 1)
    allow(world, row, world.now() + 1)  # expired when it is tried
    fails_with(UNIT)
    allow(world, row, world.now() + 10_000)
    token_allows_permit2(world, 7)
    assert found().permit2 == 7
    fails_with(UNIT)
    token_allows_permit2(world, row)
    world.travel(world.now() + 2)
    assert firm.round().collected == 1
    assert found().permit2 == 0
