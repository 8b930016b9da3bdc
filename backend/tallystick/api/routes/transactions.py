"""Transactions on a loan, tried out and ready for a wallet."""

from __future__ import annotations

from fastapi import APIRouter

from tallystick.api.problems import FieldError, Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.loans import LoanId, State
from tallystick.api.schemas.offers import LoanTransaction, Transaction
from tallystick.api.simulation import Simulator, Transfer
from tallystick.api.snapshot import Snapshot, loan_id_bytes
from tallystick.chain.calls import collect_call, pay_call, payoff_call
from tallystick.chain.hashing import to_checksum_address
from tallystick.loans.agreement import Agreement
from tallystick.loans.ledger import owed_at

router = APIRouter(prefix="/v1/loans", tags=["loans"], route_class=LedgerRoute)


@router.post(
    "/{loan_id}/transactions",
    operation_id="prepare_loan_transaction",
    summary="Prepare a payment",
    responses=document_responses(
        "loan_not_found",
        "validation_failed",
        "loan_not_active",
        "nothing_due",
        "payoff_above",
        "insufficient_balance",
        "insufficient_allowance",
        "token_refused",
        "transaction_reverts",
        "chain_unavailable",
        "index_not_ready",
    ),
)
def prepare(state: State, loan_id: LoanId, wanted: LoanTransaction) -> Transaction:
    """Tried on the chain's present state from `sender`: what would revert is answered as a problem.

    `pay` takes at most `amount`, `payoff` closes the loan for at most `amount`, both from the
    sender; `collect` pulls what is due from the borrower's allowance.
    """
    with state.snapshot() as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        owed = owed_at(loan.agreement, loan.debt, loan.penalty, snapshot.today)
        if not owed.payoff:
            raise Problem("loan_not_active", "The loan is closed; nothing is owed.")
        amount = _amount(wanted, due=owed.due.total, payoff=owed.payoff)
        payer = loan.agreement.borrower if wanted.kind == "collect" else wanted.sender
        data = _calldata(wanted.kind, loan.agreement, amount)
        transfer = Transfer(loan.agreement.token, payer, min(amount, owed.payoff))
        simulator = Simulator(state.rpc, state.deployment.book, state.block_tag)
        taken = int.from_bytes(simulator.call(wanted.sender, data, transfer), "big")
        return transaction(snapshot, data, wanted.sender, taken, loan.agreement.token)


def transaction(
    snapshot: Snapshot, data: bytes, sender: str | None, takes: int | None, token: str
) -> Transaction:
    """A call of the book, ready to send."""
    return Transaction(
        chain_id=snapshot.deployment.chain_id,
        to=snapshot.deployment.book,
        data="0x" + data.hex(),
        value="0x0",
        sender=None if sender is None else to_checksum_address(sender),
        takes=None if takes is None else str(takes),
        token=snapshot.token(token),
        as_of=snapshot.as_of(),
    )


def _amount(wanted: LoanTransaction, *, due: int, payoff: int) -> int:
    if wanted.kind == "collect":
        if wanted.amount is not None:
            _refuse_amount("collect takes exactly what is due; leave the amount out")
        return due
    if wanted.amount is None:
        return payoff if wanted.kind == "payoff" else due
    if wanted.amount == "0":
        _refuse_amount("must be at least 1")
    return int(wanted.amount)


def _refuse_amount(rule: str) -> None:
    error = FieldError(rule, pointer="#/amount")
    raise Problem("validation_failed", f"Please check: amount {rule}.", errors=[error])


def _calldata(kind: str, agreement: Agreement, amount: int) -> bytes:
    if kind == "collect":
        return collect_call(agreement)
    return pay_call(agreement, amount) if kind == "pay" else payoff_call(agreement, amount)
