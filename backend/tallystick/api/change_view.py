"""Changes of a loan in the API's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tallystick.amendments import service
from tallystick.amendments.errors import LoanClosed
from tallystick.amendments.store import Change
from tallystick.amendments.terms import amended_on, rows_after
from tallystick.api.offer_view import offer_problem
from tallystick.api.problems import Problem
from tallystick.api.schemas import changes as schemas
from tallystick.api.schemas.agreement import AgreementTerms
from tallystick.api.schemas.offers import OfferRow, OfferSignature
from tallystick.api.schemas.types import iso_date, rfc3339
from tallystick.api.snapshot import Snapshot, hex_of, split_amounts
from tallystick.chain.typed_data import amendment_typed_data, settlement_typed_data
from tallystick.indexer import repository
from tallystick.loans import ledger
from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Amendment, Settlement
from tallystick.loans.debt import Split, State
from tallystick.loans.errors import LoanError
from tallystick.loans.fold import LoanState


def change_answer(snapshot: Snapshot, change: Change) -> schemas.Change:
    """A change with its typed data, decoded, and what it does today."""
    loan = repository.get_loan(snapshot.db, change.loan_id)
    status = _status(snapshot, change, loan)
    body, after = change.body, change.after
    is_open = status in ("awaiting_signatures", "signed") and loan is not None
    settlement = body if isinstance(body, Settlement) else None
    amendment = body if isinstance(body, Amendment) else None
    return schemas.Change(
        change_id=change.change_id,
        external_id=change.external_id,
        kind="amendment" if amendment else "settlement",
        status=status,
        loan_id=hex_of(change.loan_id),
        digest=hex_of(change.digest),
        token=snapshot.token(change.before.token),
        agreement=None if after is None else AgreementTerms.of(after),
        amendment=None if amendment is None else _amendment(amendment),
        settlement=None if settlement is None else _settlement(settlement),
        typed_data=_typed_data(change),
        plan=schemas.SignedPlan(
            hash=hex_of(body.plan_hash), salt=hex_of(change.salt), text=change.plan
        ),
        effect=_effect(change, loan, snapshot.today) if is_open and loan else None,
        signatures=[
            OfferSignature(
                signer=change.parties[role], role=role, signed_at=rfc3339(signature.signed_at)
            )
            for role, signature in sorted(change.signatures.items())
        ],
        missing=list(change.missing),
        created_at=rfc3339(change.created_at),
        valid_until=rfc3339(change.deadline),
        as_of=snapshot.as_of(),
    )


def _status(snapshot: Snapshot, change: Change, loan: LoanState | None) -> schemas.ChangeStatus:
    if loan is not None and service.effect_of(change, loan):
        return "executed"
    if loan is None or not service.is_current(change, loan):
        return "superseded"
    if snapshot.now > change.deadline:
        return "expired"
    return "awaiting_signatures" if change.missing else "signed"


def _typed_data(change: Change) -> dict[str, object]:
    if isinstance(change.body, Settlement):
        return settlement_typed_data(change.body, change.chain_id, change.book)
    if change.after is None:
        raise ValueError("an amendment has terms")
    return amendment_typed_data(change.after, change.body, change.chain_id, change.book)


def _amendment(amendment: Amendment) -> schemas.AmendmentTerms:
    waived = Split(
        penalty=amendment.waived_penalty,
        interest=amendment.waived_interest,
        principal=amendment.waived_principal,
    )
    return schemas.AmendmentTerms(
        terms_before=hex_of(amendment.terms_before),
        status_before=amendment.status_before.label,
        waived=split_amounts(waived),
        capitalise=amendment.capitalise,
        watch_rows=amendment.watch_rows,
        reason=amendment.reason,
        plan_hash=hex_of(amendment.plan_hash),
    )


def _settlement(settlement: Settlement) -> schemas.SettlementTerms:
    return schemas.SettlementTerms(
        terms=hex_of(settlement.terms),
        amount=str(settlement.amount),
        reason=settlement.reason,
        plan_hash=hex_of(settlement.plan_hash),
    )


def _effect(change: Change, loan: LoanState, today: int) -> schemas.ChangeEffect | None:
    """None where the book would refuse it today, as for a penalty that must be paid before."""
    try:
        if isinstance(change.body, Settlement):
            _, _, forgiven = ledger.settle(loan.agreement, loan.stored, today, change.body.amount)
            return schemas.ChangeEffect(
                forgiven=split_amounts(forgiven), balance="0", deferred="0", schedule=[]
            )
        if change.after is None:
            return None
        state, forgiven = amended_on(loan, change.after, change.body, today)
    except LoanError:
        return None
    return schemas.ChangeEffect(
        forgiven=split_amounts(forgiven),
        balance=str(state.debt.balance),
        deferred=str(state.carry.deferred),
        schedule=schedule_of(change.after, state),
    )


def schedule_of(agreement: Agreement, state: State) -> list[OfferRow]:
    """The rows to be paid in a state."""
    return [
        OfferRow(
            n=row.row + 1,
            due_date=iso_date(row.due),
            interest=str(row.unpaid_interest),
            principal=str(row.unpaid_principal),
            total=str(row.unpaid),
            balance=str(row.balance - row.principal),
        )
        for row in rows_after(agreement, state)
    ]


@contextmanager
def change_problem() -> Iterator[None]:
    """Turns what changes raise into problem documents."""
    with offer_problem():
        try:
            yield
        except LoanClosed as error:
            detail = "The loan is closed; there is nothing to agree on."
            raise Problem("loan_not_active", detail) from error
