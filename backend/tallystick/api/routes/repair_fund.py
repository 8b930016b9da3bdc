"""The repair fund: balance, rules and use, and its transactions tried out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tallystick.api.problems import FieldError, Problem, document_responses
from tallystick.api.repairing import TAG
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.loans import State
from tallystick.api.routes.transactions import transaction
from tallystick.api.schemas import fund as schemas
from tallystick.api.schemas.offers import Transaction
from tallystick.api.schemas.types import ADDRESS, ADDRESS_PATTERN, checksum, invalid, rfc3339
from tallystick.api.simulation import Simulator, Transfer, unavailable
from tallystick.api.snapshot import Snapshot, hex_of, loan_id_bytes
from tallystick.api.state import ServerState
from tallystick.chain import fund as chain
from tallystick.chain.errors import RpcRefused, RpcUnavailable

router = APIRouter(prefix="/v1/repair-fund", tags=[TAG], route_class=LedgerRoute)

_MOST_HELPS = 100
_ERRORS = ("fund_unavailable", "index_not_ready", "chain_unavailable")


@router.get(
    "",
    operation_id="get_repair_fund",
    summary="The repair fund: rules, balance, use",
    responses=document_responses(*_ERRORS),
)
def get_repair_fund(
    state: State,
    account: Annotated[
        str | None,
        Query(pattern=ADDRESS_PATTERN, description="Also what it has and owes", examples=[ADDRESS]),
    ] = None,
) -> schemas.Fund:
    """Read from the chain, where anybody can read it."""
    address = _address(state)
    with state.snapshot() as snapshot:
        try:
            fund = chain.read_fund(state.rpc, address)
            helps = chain.read_helps(state.rpc, address, state.deployment.from_block, _MOST_HELPS)
            own = None if account is None else _account(state, address, account)
        except (RpcUnavailable, RpcRefused) as error:
            raise unavailable() from error
        return schemas.Fund(
            address=fund.address,
            token=snapshot.token(fund.token),
            rules=_rules(fund.rules),
            available=str(fund.sponsored + fund.repaid),
            sponsored=str(fund.sponsored),
            repaid=str(fund.repaid),
            lent=str(fund.lent),
            total_shares=str(fund.total_shares),
            account=own,
            helps=[_help(one) for one in helps],
            as_of=snapshot.as_of(),
        )


@router.post(
    "/transactions",
    operation_id="prepare_fund_transaction",
    summary="Prepare a step with the repair fund",
    responses=document_responses(
        *_ERRORS,
        "loan_not_found",
        "loan_not_active",
        "terms_not_in_force",
        "not_entitled",
        "fund_refuses",
        "nothing_due",
        "insufficient_balance",
        "insufficient_allowance",
        "token_refused",
        "transaction_reverts",
    ),
)
def prepare_fund_transaction(state: State, wanted: schemas.FundTransaction) -> Transaction:
    """Tried on the chain's present state. Who deposits or pays back lets the fund take the amount
    first (`approve` of its token)."""
    address = _address(state)
    sender = checksum(wanted.sender, pointer="#/sender")
    with state.snapshot() as snapshot:
        data = _call(snapshot, wanted)
        try:
            token = chain.read_fund(state.rpc, address).token
        except (RpcUnavailable, RpcRefused) as error:
            raise unavailable() from error
        node = state.chain(state.deployment.chain_id)
        simulator = Simulator(node.rpc, address, node.block_tag)
        takes = int(wanted.amount) if wanted.kind in ("pay_back", "deposit") else 0
        simulator.call(sender, data, Transfer(token, sender, takes))
        made = transaction(snapshot, data, sender, takes, token)
        return made.model_copy(update={"to": address})


def _address(state: ServerState) -> str:
    if state.settings.repair_fund is None:
        raise Problem("fund_unavailable", "This service knows no repair fund.")
    return checksum(state.settings.repair_fund, pointer="#")


def _call(snapshot: Snapshot, wanted: schemas.FundTransaction) -> bytes:
    amount = int(wanted.amount)
    if wanted.kind == "deposit":
        return chain.deposit_call(amount)
    if wanted.kind == "withdraw":
        return chain.withdraw_call(amount)
    if wanted.kind == "pay_back":
        if wanted.borrower is None:
            raise invalid(FieldError("must be named", pointer="#/borrower"))
        return chain.pay_back_call(checksum(wanted.borrower, pointer="#/borrower"), amount)
    if wanted.loan_id is None or wanted.attestation is None:
        raise invalid(FieldError("must be given with its attestation", pointer="#/loan_id"))
    loan = snapshot.find(loan_id_bytes(wanted.loan_id))
    return chain.help_call(loan.agreement, amount, bytes.fromhex(wanted.attestation[2:]))


def _account(state: ServerState, address: str, account: str) -> schemas.FundAccount:
    found = chain.read_account(state.rpc, address, account)
    return schemas.FundAccount(
        address=checksum(account, pointer="#"),
        shares=str(found.shares),
        worth=str(found.worth),
        unlocked_at=rfc3339(found.unlocked),
        owes=str(found.owed),
    )


def _rules(rules: chain.FundRules) -> schemas.FundRules:
    return schemas.FundRules(
        gate=rules.gate,
        kind=hex_of(rules.kind),
        per_loan=str(rules.per_loan),
        per_borrower=str(rules.per_borrower),
        first_rows=rules.first_rows,
        lock_seconds=rules.lock,
    )


def _help(one: chain.Help) -> schemas.FundHelp:
    return schemas.FundHelp(
        loan_id=hex_of(one.loan_id),
        borrower=one.borrower,
        amount=str(one.amount),
        penalty_only=one.penalty_only,
        block_number=one.block,
        transaction_hash=hex_of(one.tx_hash),
    )
