"""Random but repeatable life in a book, and what must hold of any index of it."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from tests.integration.world import UNIT, World

from tallystick.chain import calls
from tallystick.chain.client import BookClient
from tallystick.chain.deployment import Deployment
from tallystick.chain.errors import BookRevert
from tallystick.chain.rpc import Rpc
from tallystick.db import Database
from tallystick.indexer import indexer as indexer_module
from tallystick.indexer import repository
from tallystick.indexer.digest import digest
from tallystick.indexer.indexer import Indexer
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import SECONDS_PER_DAY, date_of, day_at, ymd_of
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.kinds import Amortization, Frequency


class Life:
    """Acts at random on the loans of a world; the same seed acts the same."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.loans: list[Agreement] = []
        self._random = random.Random(seed)
        self._nonce = 10**6

    def play(self, steps: int) -> None:
        """`steps` actions, each at least one block."""
        for _ in range(steps):
            action = self._random.choice(
                [self._originate, self._pay, self._pay, self._collect, self._wait, self._revoke]
            )
            try:
                action()
            except BookRevert as refused:
                if refused.name not in ("LoanNotOpen", "NothingDue"):
                    raise

    def reorg(self, deepest: int) -> None:
        """A reorg of random depth that leaves balances and allowances as set up."""
        deepest = min(deepest, self.world.head() - self.world.ready)
        if deepest > 0:
            self.world.reorg(self._random.randint(1, deepest))
            self.forget_vanished()

    def forget_vanished(self) -> None:
        """Leaves loans alone that a reorg took back."""
        client = BookClient(self.world.url, self.world.book)
        self.loans = [a for a in self.loans if client.debt_of(self.world.loan_id(a))[0].status]

    def _originate(self) -> None:
        start = day_at(self.world.now())
        borrower, lender = self._random.sample(sorted(self.world.parties), 2)
        kind = self._random.choice(
            [
                {},
                {"amortization": Amortization.INTEREST_ONLY, "installment": 0},
                {
                    "amortization": Amortization.EQUAL_PRINCIPAL,
                    "installment": 100 * UNIT,
                    "frequency": Frequency.WEEKS,
                    "due_day": 0,
                    "first_due_date": ymd_of(date_of(start + 7)),
                },
            ]
        )
        self.loans.append(self.world.originate(self.world.terms(borrower, lender, **kind)))

    def _pay(self) -> None:
        if self.loans:
            amount = self._random.choice([1, 12_345, 50 * UNIT, 400 * UNIT, 2_000 * UNIT])
            self.world.pay(self._random.choice(self.loans), amount)

    def _collect(self) -> None:
        if self.loans:
            picked = self._random.sample(self.loans, self._random.randint(1, len(self.loans)))
            self.world.collect(*picked)

    def _wait(self) -> None:
        days = self._random.choice([1, 3, 20, 45])
        self.world.travel(self.world.now() + days * SECONDS_PER_DAY)

    def _revoke(self) -> None:
        self._nonce += 1
        party = self.world.parties[self._random.choice(sorted(self.world.parties))]
        self.world.send(party, calls.revoke_nonce_call(self._nonce))


def index(world: World, path: Path) -> str:
    """Indexes until the head; the digest."""
    with Indexer(Rpc(world.url), world.deployment, path) as indexer:
        indexer.run_until_head()
    return digest_of(path)


def follow_slowly(url: str, deployment: Deployment, path: Path) -> None:
    """Follows for ever in many small transactions, so that a kill meets one in every state."""
    indexer_module._FAR_BLOCKS = 10**9
    with Indexer(Rpc(url), deployment, path) as indexer:
        while True:
            indexer._pace.blocks = 1
            indexer.step()


def digest_of(path: Path) -> str:
    """The digest of the index at `path`."""
    with repository.open_index(path) as db:
        return digest(db)


def assert_exact(world: World, path: Path) -> None:
    """The index equals a fresh one, the fold of its own events, and the contract's storage."""
    fresh = path.with_name("fresh.db")
    for leftover in path.parent.glob("fresh.db*"):
        leftover.unlink()
    assert digest_of(path) == index(world, fresh)
    assert_agreement(world, path)


def assert_agreement(world: World, path: Path) -> None:
    """The index of a book equals the fold of its own events, and the contract's storage."""
    client = BookClient(world.url, world.book)
    with repository.open_index(path) as db:
        at = repository.cursor(db, world.chain_id)
        book = repository.book(db, world.chain_id, world.book)
        assert at is not None
        assert book is not None
        for loan_id in repository.loan_ids(db, book.id):
            state = repository.get_loan_bare(db, loan_id)
            assert state is not None
            life = fold(repository.events_of(db, loan_id))
            assert state == replace(life, payments=(), changes=())
            assert_stored(client, state, at.number)


def assert_stored(client: BookClient, state: LoanState, block: int) -> None:
    """The contract's storage at `block` is what a loan's events come to."""
    loan_id = state.loan_id
    assert client.debt_of(loan_id, block) == state.stored
    assert client.terms_of(loan_id, block) == state.terms
    assert client.escrow_of(loan_id, block) == state.escrow
    for guarantor, guarantee in state.guarantees.items():
        assert client.guarantee_of(loan_id, guarantor, block) == guarantee
    if state.closed is None:
        assert client.holder_of(state.agreement, block) == state.holder


def loan_ids(db: Database) -> list[bytes]:
    """Every loan of an index."""
    return [row[0] for row in db.execute("SELECT loan_id FROM loans ORDER BY loan_id")]
