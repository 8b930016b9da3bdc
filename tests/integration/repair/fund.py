"""A repair fund beside a book."""

from __future__ import annotations

from eth_abi import encode
from tests.integration.contracts import compiled
from tests.integration.identity.gate import Person
from tests.integration.world import UNIT, World

from tallystick.chain.deployment import checked_address
from tallystick.identity.attestations import kind_of


def make_fund(world: World, gate: str) -> str:
    """A fund of 150 dollars a loan, 120 a borrower, for the first two rows, locked for a day."""
    rules = (gate, kind_of("repair_fund"), 150 * UNIT, 120 * UNIT, 2, 86_400)
    kinds = ["address", "address", "(address,bytes32,uint128,uint128,uint16,uint32)"]
    code = compiled()["RepairFund"] + encode(kinds, [world.book, world.token, rules]).hex()
    made = world.create(Person("dora").address, code)
    return checked_address(made["contractAddress"])
