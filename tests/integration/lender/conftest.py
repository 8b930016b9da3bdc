"""A service with people over the loans of the story, for those who lent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.integration.anvil import Anvil
from tests.integration.api.story import play
from tests.integration.decisions.stage import Applicant, Stage, lending
from tests.integration.identity.gate import Person
from tests.integration.world import World

from tallystick.chain import calls
from tallystick.chain.typed_data import assignment_digest
from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Assignment


@dataclass(frozen=True)
class Lenders:
    """The loans by name, oldest first, and people who are signed in."""

    stage: Stage
    loans: dict[str, Agreement]

    @property
    def world(self) -> World:
        return self.stage.world

    def who(self, name: str) -> Applicant:
        return Applicant(self.stage, Person(name), consents=False)

    def id(self, name: str) -> str:
        return "0x" + self.world.loan_id(self.loans[name]).hex()

    def sell(self, name: str, seller: str, buyer: str, price: int) -> None:
        """The holder signs, the buyer pays and sends."""
        world, loan = self.world, self.loans[name]
        parties, deadline = world.parties, world.now() + 86_400
        sold = Assignment(
            world.loan_id(loan),
            parties[seller].address,
            parties[buyer].address,
            world.token,
            price,
            world.now(),
            deadline,
        )
        signature = parties[seller].sign(assignment_digest(sold, world.chain_id, world.book))
        world.send(parties[buyer], calls.assign_call(loan, sold, signature))


@pytest.fixture(scope="package")
def lenders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lenders]:
    with Anvil() as anvil:
        world = World(anvil)
        loans = play(world)
        with lending(world, tmp_path_factory.mktemp("lender")) as stage:
            stage.sync()
            yield Lenders(stage, loans)
