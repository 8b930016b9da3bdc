"""Transactions on a loan, tried out and ready for a wallet."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from tallystick.api.problems import FieldError, Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.loans import LoanId, State
from tallystick.api.schemas.offers import LoanTransaction, Transaction
from tallystick.api.simulation import Simulator, Transfer
from tallystick.api.snapshot import Snapshot, loan_id_bytes
from tallystick.chain import calls
from tallystick.chain.hashing import to_checksum_address
from tallystick.loans.agreement import Agreement
from tallystick.loans.ledger import owed_at

router = APIRouter(prefix="/v1/loans", tags=["loans"], route_class=LedgerRoute)


@router.post(
    "/{loan_id}/transactions",
    operation_id="prepare_loan_transaction",
    summary="Prepare a payment or another step in a loan's life",
    responses=document_responses(
        "loan_not_found",
        "validation_failed",
        "loan_not_active",
        "autopay_off",
        "not_entitled",
        "not_agreed",
        "too_early",
        "wrong_status",
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
    sender; `collect` pulls what is due from the borrower's allowance, `draw_guarantor` from the
    guarantor's. The borrower switches autopay; whoever holds the claim declares default,
    accelerates and writes off, each after the agreed days; anyone releases the collateral of a
    closed loan.
    """
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        agreement, node = loan.agreement, state.chain(snapshot.chain_id)
        owed = owed_at(agreement, loan.stored, snapshot.today)
        if not owed.payoff and wanted.kind != "release_collateral":
            raise Problem("loan_not_active", "The loan is closed; nothing is owed.")
        amount = _amount(wanted, due=owed.due.total, payoff=owed.payoff)
        data = _calldata(wanted.kind, agreement, amount)
        payer = _payer(wanted, agreement)
        transfer = Transfer(agreement.token, payer, min(amount, owed.payoff))
        simulator = Simulator(node.rpc, snapshot.book, node.block_tag)
        answer = simulator.call(wanted.sender, data, transfer)
        token = agreement.token
        if wanted.kind == "release_collateral":
            token = loan.escrow.token
        taken = int.from_bytes(answer, "big")
        return transaction(snapshot, data, wanted.sender, taken, token)


_CALLS: dict[str, Callable[[Agreement], bytes]] = {
    "collect": calls.collect_call,
    "autopay_on": lambda agreement: calls.set_autopay_call(agreement, on=True),
    "autopay_off": lambda agreement: calls.set_autopay_call(agreement, on=False),
    "declare_default": calls.declare_default_call,
    "accelerate": calls.accelerate_call,
    "write_off": calls.write_off_call,
    "draw_guarantor": calls.draw_guarantor_call,
    "release_collateral": calls.release_collateral_call,
}


def transaction(
    snapshot: Snapshot, data: bytes, sender: str | None, takes: int | None, token: str
) -> Transaction:
    """A call of the book, ready to send."""
    return Transaction(
        chain_id=snapshot.chain_id,
        to=snapshot.book,
        data="0x" + data.hex(),
        value="0x0",
        sender=None if sender is None else to_checksum_address(sender),
        takes=None if takes is None else str(takes),
        token=snapshot.token(token),
        as_of=snapshot.as_of(),
    )


def _payer(wanted: LoanTransaction, agreement: Agreement) -> str:
    if wanted.kind == "collect":
        return agreement.borrower
    if wanted.kind == "draw_guarantor":
        return agreement.conditions.guarantor
    return wanted.sender


def _amount(wanted: LoanTransaction, *, due: int, payoff: int) -> int:
    if wanted.kind not in ("pay", "payoff"):
        if wanted.amount is not None:
            _refuse_amount(f"{wanted.kind} takes what is due or nothing; leave the amount out")
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
    if kind == "pay":
        return calls.pay_call(agreement, amount)
    if kind == "payoff":
        return calls.payoff_call(agreement, amount)
    return _CALLS[kind](agreement)
