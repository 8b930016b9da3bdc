"""A book with loans in every state, credits that wait and credits that were claimed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_utils import keccak
from tests.integration.anvil import Anvil
from tests.integration.api.story import play
from tests.integration.scenario import index
from tests.integration.world import UNIT, World

from tallystick.chain import calls
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import due_day


@dataclass(frozen=True, slots=True)
class Audited:
    """The chain, its loans by name and an index at the head."""

    world: World
    loans: dict[str, Agreement]
    db: Path
    awkward: str

    def id(self, name: str) -> str:
        return "0x" + self.world.loan_id(self.loans[name]).hex()


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    with Anvil() as anvil:
        world = World(anvil)
        loans = play(world)
        awkward = world.deploy("AwkwardToken")
        for name in ("ada", "ben"):
            party = world.parties[name]
            world.send(party, _call("mint(address,uint256)", party.address, 10**6 * UNIT), awkward)
            world.approve(party, 2**256 - 1, awkward)
        loans["credited"] = world.originate(token=awkward)
        ben = world.parties["ben"]
        world.send(ben, _call("setBlocked(address,bool)", ben.address, 1), awkward)
        for row in range(2):
            world.travel_to_day(due_day(loans["credited"], row))
            world.collect(loans["credited"])
            if row == 0:
                world.send(ben, calls.claim_call(awkward, world.parties["dora"].address))
        path = tmp_path_factory.mktemp("audited") / "index.db"
        index(world, path)
        yield Audited(world, loans, path, awkward)


@pytest.fixture
def audited(shared: Audited) -> Iterator[Audited]:
    """The same, and what a test changes on the chain is taken back."""
    rpc = shared.world.rpc
    kept = rpc.call("evm_snapshot")
    yield shared
    assert rpc.call("evm_revert", kept)


def _call(signature: str, account: str, number: int) -> bytes:
    words = bytes.fromhex(account[2:]).rjust(32, b"\0") + number.to_bytes(32, "big")
    return keccak(text=signature)[:4] + words
