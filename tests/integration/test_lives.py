"""Whole lives on a chain: after every step index, fold and the contract's storage agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.integration.scenario import assert_stored
from tests.integration.servicing import Servicing
from tests.integration.world import UNIT, World

from tallystick.audit.audit import Scope, audit
from tallystick.chain import calls
from tallystick.chain.errors import BookRevert
from tallystick.chain.rpc import Rpc
from tallystick.indexer import repository
from tallystick.indexer.indexer import Indexer
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_at, due_day
from tallystick.loans.debt import Escrow, Guarantee
from tallystick.loans.events import Amended, Restored
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.kinds import (
    InterestMethod,
    Prepayment,
    Source,
    Status,
    Transfer,
    Waterfall,
)
from tallystick.loans.ledger import owed_at


@dataclass
class Watched:
    """A world, what its users do, and an index that is compared after each step."""

    world: World
    servicing: Servicing
    path: Path

    def see(self, agreement: Agreement) -> LoanState:
        """The loan's state, equal on all sides; `agreement` is in force."""
        world, client = self.world, self.servicing.client
        with Indexer(Rpc(world.url), world.deployment, self.path) as indexer:
            indexer.run_until_head()
        loan_id = world.loan_id(agreement) if not any(agreement.amends) else agreement.amends
        with repository.open_index(self.path) as db:
            state = repository.get_loan(db, loan_id)
            assert state is not None
            assert state == fold(repository.events_of(db, loan_id))
        assert state.agreement == agreement
        block = world.head()
        assert_stored(client, state, block)
        now = world.now()
        for ahead in (0, 40):
            then = now + ahead * 86_400
            expected = owed_at(agreement, state.stored, day_at(then))
            assert client.owed_at(agreement, then) == expected
        return state

    def audit(self) -> None:
        """Everything, the token's own transfers included, is as the events say."""
        with repository.open_index(self.path) as db:
            report = audit(self.world.rpc, self.world.book, Scope(prove=True), db)
        assert [str(found) for found in report.all_differences()] == []
        assert report.transfers_checked

    def go(self, agreement: Agreement, row: int, days: int = 0) -> None:
        """To `days` after a row's due day."""
        self.world.travel_to_day(due_day(agreement, row) + days)


@pytest.fixture
def watched(world: World, database_path: Path) -> Watched:
    return Watched(world, Servicing(world), database_path)


def test_restructured_watched_and_restored(watched: Watched) -> None:
    world, servicing = watched.world, watched.servicing
    first = world.originate(default_days=40)
    loan_id = world.loan_id(first)
    watched.go(first, 1, 15)  # two rows unpaid
    assert watched.see(first).debt.status is Status.ACTIVE
    second = servicing.amend(
        first,
        loan_id,
        watch_rows=2,
        capitalise=True,
        waived_interest=3 * UNIT,
        principal=1_300 * UNIT,
        annual_rate=60_000_000,
        count=10,
        installment=150 * UNIT,
        reason=1,
    )
    state = watched.see(second)
    assert (state.debt.watch_left, state.debt.amended, state.debt.late) == (2, True, False)
    (amended,) = [change for change in state.changes if isinstance(change, Amended)]
    assert amended.waived.interest == 3 * UNIT
    with pytest.raises(BookRevert, match="TermsNotInForce"):
        world.send(world.parties["cem"], calls.collect_call(first))
    watched.go(second, 0)
    world.collect(second)
    assert watched.see(second).debt.watch_left == 1
    watched.go(second, 1, 20)  # too late: it begins again
    world.collect(second)
    assert watched.see(second).debt.watch_left == 2
    for row in (2, 3):
        watched.go(second, row)
        world.collect(second)
    state = watched.see(second)
    assert (state.debt.watch_left, state.debt.watch_rows) == (0, 0)
    assert isinstance(state.changes[-1], Restored)
    world.payoff(second)
    assert watched.see(second).closed is not None
    watched.audit()


def test_defaulted_accelerated_and_sold(watched: Watched) -> None:
    world, servicing = watched.world, watched.servicing
    agreement = world.originate(
        default_days=30,
        acceleration_days=45,
        write_off_days=60,
        collateral_token=world.token,
        collateral=2_000 * UNIT,
        collateral_price=1_800 * UNIT,
        collateral_floor=1_500 * UNIT,
        auction_days=4,
    )
    watched.go(agreement, 0)
    world.collect(agreement)
    watched.go(agreement, 1, 29)
    with pytest.raises(BookRevert, match="TooEarly"):
        servicing.default(agreement)
    watched.go(agreement, 1, 31)
    servicing.default(agreement)
    assert watched.see(agreement).debt.status is Status.DEFAULTED
    world.pay(agreement, 10 * UNIT)  # accepted as before
    assert watched.see(agreement).debt.status is Status.DEFAULTED
    watched.go(agreement, 1, 45)
    servicing.accelerate(agreement)
    servicing.add_collateral(agreement, 50 * UNIT)
    state = watched.see(agreement)
    assert (state.debt.accelerated, state.escrow.amount) == (True, 2_050 * UNIT)
    watched.go(agreement, 1, 48)
    servicing.buy(agreement, "cem", 300 * UNIT)
    assert watched.see(agreement).payments[-1].source is Source.COLLATERAL
    watched.go(agreement, 1, 60)
    servicing.write_off(agreement)
    assert watched.see(agreement).debt.status is Status.WRITTEN_OFF
    servicing.buy(agreement, "dora", 2_000 * UNIT)  # more than is owed: only a part is sold
    state = watched.see(agreement)
    assert state.debt.status is Status.CLOSED
    assert 0 < state.escrow.amount < 1_750 * UNIT
    servicing.release(agreement)
    assert watched.see(agreement).escrow == Escrow()
    watched.audit()


def test_guarantor_pays_and_is_paid_back(watched: Watched) -> None:
    world, servicing = watched.world, watched.servicing
    cem = world.parties["cem"].address
    agreement = world.originate(
        guarantor=cem, guaranteed=150 * UNIT, guarantee_days=10, default_days=20
    )
    watched.go(agreement, 0, 12)
    servicing.draw(agreement)
    state = watched.see(agreement)
    assert (state.payments[0].source, state.payments[0].payer) == (Source.GUARANTOR, cem)
    drawn = state.paid.total
    assert state.guarantees == {cem: Guarantee(drawn, drawn)}
    servicing.repay_recourse(agreement, 40 * UNIT)
    watched.go(agreement, 1, 21)
    servicing.draw(agreement)  # no more than was guaranteed
    state = watched.see(agreement)
    assert state.guarantees == {cem: Guarantee(150 * UNIT, 110 * UNIT)}
    servicing.default(agreement)
    world.pay(agreement, 1_000 * UNIT)
    assert watched.see(agreement).debt.status is Status.ACTIVE  # cured
    world.payoff(agreement)
    servicing.repay_recourse(agreement, 10**12)  # what is left of it
    assert watched.see(agreement).guarantees[cem].recourse == 0
    watched.audit()


def test_claim_is_sold_twice_and_the_payee_follows(watched: Watched) -> None:
    world, servicing = watched.world, watched.servicing
    agreement = world.originate()
    loan_id = world.loan_id(agreement)
    cem, dora = (world.parties[name].address for name in ("cem", "dora"))
    servicing.assign(agreement, loan_id, "cem", 1_100 * UNIT)
    assert watched.see(agreement).holder == cem
    before = servicing.client.balance_of(world.token, cem)
    watched.go(agreement, 0)
    world.collect(agreement)
    paid = watched.see(agreement).paid.total
    assert servicing.client.balance_of(world.token, cem) == before + paid
    servicing.assign(agreement, loan_id, "dora")
    second = servicing.amend(agreement, loan_id)
    state = watched.see(second)
    assert (state.holder, state.agreement.lender, state.debt.assigned) == (dora, dora, False)
    servicing.settle(second, loan_id, 700 * UNIT)
    state = watched.see(second)
    assert state.payments[-1].source is Source.SETTLEMENT
    assert (state.debt.status, state.payments[-1].split.total) == (Status.CLOSED, 700 * UNIT)
    watched.audit()


TERMS: list[Callable[[Servicing], Agreement]] = [
    lambda s: s.custom((900 * UNIT, 900 * UNIT, 500 * UNIT, 500 * UNIT, 0)),
    lambda s: s.world.originate(interest_method=InterestMethod.FLAT, installment=112 * UNIT),
    lambda s: s.world.originate(grace_interest=2, grace_principal=3, installment=140 * UNIT),
    lambda s: s.world.originate(prepayment=Prepayment.LOWER_INSTALLMENT, prepayment_fee=20_000_000),
    lambda s: s.world.originate(waterfall=Waterfall.INTEREST_PRINCIPAL_PENALTY),
    lambda s: s.world.originate(waterfall=Waterfall.PENALTY_PRINCIPAL_INTEREST),
]


@pytest.mark.parametrize("begin", TERMS, ids=["custom", "flat", "grace", "lower", "ipp", "ppi"])
def test_other_terms_live_as_computed(
    watched: Watched, begin: Callable[[Servicing], Agreement]
) -> None:
    world = watched.world
    agreement = begin(watched.servicing)
    watched.go(agreement, 0, 2)
    world.pay(agreement, 7 * UNIT)
    watched.see(agreement)
    watched.go(agreement, 1, 9)
    world.collect(agreement)
    world.pay(agreement, 333 * UNIT)
    watched.see(agreement)
    watched.go(agreement, 3, 4)
    world.pay(agreement, 50 * UNIT)
    watched.see(agreement)
    world.payoff(agreement)
    assert watched.see(agreement).debt.status is Status.CLOSED
    watched.audit()


def test_what_was_not_agreed_is_refused(watched: Watched) -> None:
    world, servicing = watched.world, watched.servicing
    agreement = world.originate(transfer=Transfer.CONSENT)
    watched.go(agreement, 2)
    for step in (servicing.default, servicing.draw):
        with pytest.raises(BookRevert, match="NotAgreed"):
            step(agreement)
    with pytest.raises(BookRevert, match="SignatureInvalid"):  # the borrower has not consented
        servicing.assign(agreement, world.loan_id(agreement), "cem")
    servicing.autopay(agreement, on=False)
    with pytest.raises(BookRevert, match="AutopayOff"):
        world.send(world.parties["cem"], calls.collect_call(agreement))
    assert watched.see(agreement).debt.manual
    servicing.autopay(agreement, on=True)
    world.collect(agreement)
    assert not watched.see(agreement).debt.manual


def test_a_reorg_takes_new_terms_and_custom_rows_back(watched: Watched) -> None:
    world, servicing = watched.world, watched.servicing
    first = servicing.custom((600 * UNIT, 0))
    loan_id = world.loan_id(first)
    watched.see(first)
    kept = world.head()
    rows = servicing.store_rows((800 * UNIT, 300 * UNIT, 0))
    servicing.amend(first, loan_id, rows=rows, plan=(800 * UNIT, 300 * UNIT, 0), count=3)
    with Indexer(Rpc(world.url), world.deployment, watched.path) as indexer:
        indexer.run_until_head()
    world.reorg(world.head() - kept)
    world.mine(2)
    state = watched.see(first)
    assert (state.debt.amended, state.agreement.plan) == (False, (600 * UNIT, 0))
