"""Where the package's facts come from."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.chain.rpc import Rpc
from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.loans.fold import LoanState
from tallystick.loans.statements.sheet import Currency
from tallystick.proof.build import build
from tallystick.servicing.cases import collections, contacts, disputes, promises
from tallystick.servicing.close import store
from tallystick.servicing.close.notices import notices_of
from tallystick.servicing.package.files import Facts

_ALL = 2**31


def gather(
    index: Database,
    rpc: Rpc,
    loan: LoanState,
    head: bytes,
    currency: Currency,
    files: tuple[Database | None, Database | None],
) -> Facts:
    """Facts about a loan as of the index's head, in the caller's snapshot of it; `files` are that
    of the closes and that of the cases, where there are some.

    Raises ProofUnavailable, RpcError.
    """
    events = repository.events_of(index, loan.loan_id)
    proof = build(rpc, loan, {event.ref.block_hash for event in events}, head)
    closed, cases = files
    return Facts(
        loan,
        events,
        proof,
        currency,
        notices=() if closed is None else notices_of(closed, loan.loan_id),
        lines=() if closed is None else store.lines_of(closed, loan.loan_id, _ALL, (_ALL, 0))[::-1],
        cases=() if cases is None else _cases(cases, loan.loan_id),
        promises=() if cases is None else promises.of_loan(cases, loan.loan_id)[::-1],
        disputes=() if cases is None else disputes.of_loan(cases, loan.loan_id),
    )


def _cases(
    db: Database, loan_id: bytes
) -> Sequence[
    tuple[collections.Collection, Sequence[contacts.Contact], Sequence[collections.Action]]
]:
    return [
        (
            case,
            contacts.contacts_of(db, case.collection_id),
            collections.actions_of(db, case.collection_id),
        )
        for case in collections.of_loan(db, loan_id)[::-1]
    ]
