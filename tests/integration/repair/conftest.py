"""One chain and one service for all tests here; each takes borrowers of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from eth_abi import encode
from eth_utils import keccak
from tests.integration.anvil import Anvil
from tests.integration.decisions.stage import ISSUER, Stage, lending
from tests.integration.identity.gate import Person
from tests.integration.repair.fund import make_fund
from tests.integration.world import World

from tallystick.chain.sender import Sender
from tallystick.identity.attestations import kind_of

BORROWERS = ("ada", "faye", "gil", "hal", "ida", "jan", "kim", "leo", "mia")


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """ben is the service's own lender, cem lends for himself; the gate takes restored standing."""
    key = "0x" + Person(ISSUER).key.hex()
    with Anvil() as anvil:
        world = World(anvil, ("ben", "cem", "dora", ISSUER, *BORROWERS))
        folder = tmp_path_factory.mktemp("repair")
        with lending(world, folder, issuer_key=key) as stage:
            sender = Sender(world.rpc, Person("dora").key, world.chain_id)
            for name in ("restored_standing", "repair_fund"):
                call = keccak(text="setIssuer(address,bytes32,bool)")[:4]
                values = [Person(ISSUER).address, kind_of(name), True]
                data = call + encode(["address", "bytes32", "bool"], values)
                sender.send(stage.gate.address, data)
            fund = make_fund(world, stage.gate.address)
            settings = stage.settings.model_copy(update={"repair_fund": fund})
            stage.app.state.server.settings = settings
            stage.sync()
            yield replace(stage, settings=settings)
