"""Loans that differ in what their proof must carry, on one chain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.scenario import index
from tests.integration.servicing import Servicing
from tests.integration.world import UNIT, World

from tallystick.indexer import repository
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import due_day
from tallystick.loans.kinds import Amortization
from tallystick.proof.build import build


@dataclass(frozen=True, slots=True)
class Proven:
    """Proofs by the name of their loan, as JSON, and the one hash they all rest on."""

    world: World
    agreements: dict[str, Agreement]
    proofs: dict[str, Any]
    block_hash: bytes


def prove(world: World, agreement: Agreement, path: Path) -> Any:
    """The JSON of a proof of the loan at the head."""
    index(world, path)
    with repository.open_index(path) as db:
        loan_id, head = world.loan_id(agreement), repository.cursor(db)
        state = repository.get_loan(db, loan_id)
        assert head is not None
        assert state is not None
        blocks = {event.ref.block_hash for event in repository.events_of(db, loan_id)}
        return build(world.rpc, state, blocks, head.hash).model_dump(mode="json")


def _servicing(world: World) -> dict[str, Agreement]:
    """One with every kind of security, drawn on, restructured and sold; one with custom rows."""
    servicing = Servicing(world)
    secured = world.originate(
        default_days=10,
        guarantor=world.parties["cem"].address,
        guaranteed=50 * UNIT,
        guarantee_days=5,
        collateral_token=world.token,
        collateral=900 * UNIT,
        collateral_price=800 * UNIT,
        collateral_floor=400 * UNIT,
        auction_days=3,
        acceleration_days=20,
    )
    loan_id = world.loan_id(secured)
    custom = servicing.custom((800 * UNIT, 800 * UNIT, 0))
    world.travel_to_day(due_day(secured, 0) + 12)
    servicing.draw(secured)
    servicing.default(secured)
    amended = servicing.amend(secured, loan_id, watch_rows=3, waived_interest=UNIT)
    world.approve(world.parties["dora"], 700 * UNIT)
    servicing.assign(amended, loan_id, "dora", 700 * UNIT)
    servicing.autopay(custom, on=False)
    world.pay(custom, 30 * UNIT)
    return {"secured": secured, "custom": custom}


def play(world: World, path: Path) -> Proven:
    """One late with a penalty, one paid ahead, one closed, one in trouble, a new one."""
    agreements = {
        "late": world.originate(
            borrower="cem",
            amortization=Amortization.EQUAL_PRINCIPAL,
            installment=100 * UNIT,
            penalty_rate=240_000_000,
        ),
        "ahead": world.originate(),
        "closed": world.originate(
            lender="dora",
            amortization=Amortization.INTEREST_ONLY,
            installment=0,
            count=6,
        ),
        "poor": world.originate(
            borrower="dora", amortization=Amortization.BULLET, installment=0, count=1
        ),
    }
    late, ahead, closed, poor = agreements.values()
    world.approve(world.parties["dora"], 0)
    for row in range(3):
        world.travel_to_day(due_day(ahead, row))
        world.collect(*([ahead, closed, poor] if row else [ahead, closed, late, poor]))
    world.travel_to_day(due_day(ahead, 2) + 9)
    world.pay(late, 1)
    world.pay(late, 60 * UNIT)
    world.pay(ahead, 333 * UNIT)
    world.payoff(closed)
    world.travel_to_day(due_day(ahead, 3) + 20)
    world.pay(late, 50 * UNIT)
    agreements["new"] = world.originate()
    agreements |= _servicing(world)
    world.mine(3)
    proofs = {name: prove(world, agreement, path) for name, agreement in agreements.items()}
    block_hash = bytes.fromhex(proofs["late"]["block"]["hash"][2:])
    return Proven(world, agreements, proofs, block_hash)
