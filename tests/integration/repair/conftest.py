"""One chain and one service for all tests here; each takes borrowers of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from eth_abi import encode
from eth_utils import keccak
from tests.integration.anvil import Anvil
from tests.integration.decisions.stage import ISSUER, Stage, lending
from tests.integration.identity.gate import Person
from tests.integration.world import World

from tallystick.chain.sender import Sender
from tallystick.identity.attestations import kind_of

BORROWERS = ("ada", "faye", "gil", "hal", "ida", "jan", "kim", "leo")


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """ben is the service's own lender, cem lends for himself; the gate takes restored standing."""
    key = "0x" + Person(ISSUER).key.hex()
    with Anvil() as anvil:
        world = World(anvil, ("ben", "cem", "dora", ISSUER, *BORROWERS))
        with lending(world, tmp_path_factory.mktemp("repair"), issuer_key=key) as stage:
            call = keccak(text="setIssuer(address,bytes32,bool)")[:4]
            values = [Person(ISSUER).address, kind_of("restored_standing"), True]
            data = call + encode(["address", "bytes32", "bool"], values)
            Sender(world.rpc, Person("dora").key, world.chain_id).send(stage.gate.address, data)
            stage.sync()
            yield stage
