"""The audit as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from tallystick.audit import money
from tallystick.audit.chain import AuditedChain
from tallystick.audit.errors import AuditError
from tallystick.audit.loans import (
    audit_events,
    compare_index,
    compare_storage,
    missing_in_events,
    storage_keys,
)
from tallystick.audit.movements import expected_movements
from tallystick.audit.proven import ProvenChain
from tallystick.audit.report import Difference, LoanAudit, Report
from tallystick.chain.codec import TOPICS
from tallystick.chain.rpc import Rpc
from tallystick.db import Database, snapshot
from tallystick.indexer import repository
from tallystick.loans.events import BookEvent, Claimed, LoanEvent, NonceRevoked

MANY_TRANSACTIONS = 5_000
"""Beyond these, receipts are read only when asked for."""
_LOANS_PER_QUERY = 50

Stage = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done and how much there is."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What to audit: one loan, the loans that one lender gave or bought, or all. `transfers` None:
    when they are few."""

    loan_id: bytes | None = None
    lender: str | None = None
    from_block: int = 0
    transfers: bool | None = None
    prove: bool = False
    """Whether to trust nothing of the node but the hash of the audited block."""

    @property
    def whole(self) -> bool:
        """Whether every event of the book is read."""
        return self.loan_id is None and self.lender is None

    def __str__(self) -> str:
        if self.loan_id is not None:
            return f"loan 0x{self.loan_id.hex()}"
        return "all loans" if self.lender is None else f"lender {self.lender}"


def audit(
    rpc: Rpc, book: str, scope: Scope, db: Database | None, stage: Stage = lambda *_: None
) -> Report:
    """Audits the book at the latest block, or at the index's if `db` is given.

    Raises AuditError, RpcError.
    """
    kind = ProvenChain if scope.prove else AuditedChain
    if db is None:
        return _audit(kind(rpc, book, None), scope, None, stage)
    with snapshot(db):
        if not repository.chains(db):
            raise AuditError("the index is empty")
        chain_id = int(rpc.call("eth_chainId"), 16)
        cursor, known = repository.cursor(db, chain_id), repository.book(db, chain_id, book)
        if cursor is None or known is None:
            raise AuditError(f"the index is not of {book} on chain {chain_id}")
        if known.at is not None:
            raise AuditError(f"the index still reads {book}; it stands at block {known.at[0]}")
        chain = kind(rpc, book, cursor.number)
        index = Index(db, known.id, _same_chain(chain, cursor.hash))
        return _audit(chain, scope, index, stage)


@dataclass(frozen=True, slots=True)
class Index:
    """What is compared with the chain: a book of an index, and how its block differs."""

    db: Database
    book_id: int
    differences: list[Difference]


def _audit(chain: AuditedChain, scope: Scope, index: Index | None, stage: Stage) -> Report:
    differences = [*index.differences] if index else []
    events = _read(chain, scope, stage)
    by_loan: dict[bytes, list[LoanEvent]] = {}
    for event in events:
        if not isinstance(event, Claimed | NonceRevoked):
            by_loan.setdefault(event.loan_id, []).append(event)
    if scope.loan_id is not None and not by_loan:
        raise AuditError(f"{chain.book} has no event of {scope}")
    loans = []
    for done, (loan_id, ours) in enumerate(by_loan.items(), 1):
        loans.append(audit_events(loan_id, ours, chain.pin.timestamp))
        stage("Recomputing loans", done, len(by_loan))
    _compare_storage(chain, loans, stage)
    if index is not None:
        for done, loan in enumerate(loans, 1):
            compare_index(loan, index.db)
            stage("Comparing with the index", done, len(loans))
        if scope.whole:
            differences += missing_in_events(index.db, index.book_id, by_loan)
    tokens = money.audit_tokens(chain, loans)
    if scope.whole:
        money.audit_credits(chain, events, tokens)
    sound = {loan.loan_id for loan in loans if loan.state}
    movements = expected_movements(events, sound)
    transactions = len({tx_hash for tx_hash, *_ in movements})
    check = transactions <= MANY_TRANSACTIONS if scope.transfers is None else scope.transfers
    if check:
        differences += money.audit_transfers(
            chain, movements, lambda done, total: stage("Reading receipts", done, total)
        )
    chain.still_there()
    return Report(
        chain_id=chain.chain_id,
        book=chain.book,
        code_hash=chain.code_hash,
        block_number=chain.pin.number,
        block_hash=chain.pin.hash,
        timestamp=chain.pin.timestamp,
        from_block=scope.from_block,
        scope=str(scope),
        events=len(events),
        index=None if index is None else "compared",
        transactions=transactions,
        transfers_checked=check,
        proven=chain.proven,
        loans=loans,
        tokens=list(tokens.values()),
        differences=differences,
    )


def _same_chain(chain: AuditedChain, hash_: bytes) -> list[Difference]:
    """Compares the block at which the index is exact."""
    if hash_ == chain.pin.hash:
        return []
    what, found = f"hash of block {chain.pin.number}", "0x" + hash_.hex()
    return [Difference(what, "0x" + chain.pin.hash.hex(), found, "index")]


def _read(chain: AuditedChain, scope: Scope, stage: Stage) -> Sequence[BookEvent]:
    def advance(done: int, total: int) -> None:
        stage("Reading events", done, total)

    if scope.loan_id is not None:
        return chain.events(scope.from_block, [None, "0x" + scope.loan_id.hex()], advance)
    if scope.lender is None:
        return chain.events(scope.from_block, (), advance)
    lender = "0x" + scope.lender[2:].lower().rjust(64, "0")
    gained = ["0x" + TOPICS[name].hex() for name in ("Originated", "Assigned")]
    begun = chain.events(scope.from_block, [gained, None, None, lender], advance)
    found = [e.loan_id for e in begun if not isinstance(e, Claimed | NonceRevoked)]
    ids = ["0x" + loan_id.hex() for loan_id in dict.fromkeys(found)]
    events: list[BookEvent] = []
    for at in range(0, len(ids), _LOANS_PER_QUERY):
        some = ids[at : at + _LOANS_PER_QUERY]
        events += chain.events(scope.from_block, [None, some], advance)
    return events


def _compare_storage(chain: AuditedChain, loans: list[LoanAudit], stage: Stage) -> None:
    by_loan = [storage_keys(loan) for loan in loans]
    keys = [key for keys in by_loan for key in keys]
    words = iter(chain.words(keys, lambda done, total: stage("Reading the storage", done, total)))
    for loan, ours in zip(loans, by_loan, strict=True):
        compare_storage(loan, list(islice(words, len(ours))))
