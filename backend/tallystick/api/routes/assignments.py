"""Claims that change hands: from what is agreed to the signature to the transaction."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from tallystick.api.offer_view import offer_problem
from tallystick.api.problems import Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.loans import LoanId, State
from tallystick.api.routes.transactions import transaction
from tallystick.api.schemas import assignments as schemas
from tallystick.api.schemas.offers import OfferSignature, SignatureInput, Transaction
from tallystick.api.schemas.types import (
    ADDRESS,
    ADDRESS_PATTERN,
    checksum,
    parse_time,
    rfc3339,
)
from tallystick.api.simulation import Simulator, Transfer
from tallystick.api.snapshot import Snapshot, hex_of, loan_id_bytes
from tallystick.api.state import ServerState
from tallystick.assignments import service, store
from tallystick.assignments.store import Sale
from tallystick.chain.hashing import to_checksum_address
from tallystick.chain.typed_data import assignment_typed_data
from tallystick.indexer import repository
from tallystick.loans.fold import LoanState
from tallystick.loans.ledger import owed_at
from tallystick.offers.terms import DEFAULT_VALIDITY

router = APIRouter(prefix="/v1", tags=["assignments"], route_class=LedgerRoute)

AssignmentId = Annotated[
    str, Path(max_length=64, examples=["sale_mfrggzdfmztwq2lknnwg23tpoa"], description="Opaque")
]
Sender = Annotated[
    str,
    Query(pattern=ADDRESS_PATTERN, description="Who will send it", examples=[ADDRESS]),
]
_REVERTS = (
    "assignment_not_found",
    "validation_failed",
    "loan_not_active",
    "nonce_used",
    "not_entitled",
    "outstanding_below",
    "insufficient_balance",
    "insufficient_allowance",
    "token_refused",
    "transaction_reverts",
    "chain_unavailable",
    "index_not_ready",
)


@router.post(
    "/loans/{loan_id}/assignments",
    status_code=201,
    operation_id="create_assignment",
    summary="Build the transfer of a claim to sign",
    responses=document_responses(
        "loan_not_found", "validation_failed", "terms_invalid", "index_not_ready"
    ),
)
def create_assignment(
    state: State, response: Response, loan_id: LoanId, given: schemas.ClaimTransferInput
) -> schemas.ClaimTransfer:
    """From whoever holds the claim now. The holder signs it, the borrower too where the terms ask
    for consent; then the new holder sends it and pays. Without a price the holder may send it."""
    to = checksum(given.to, pointer="#/to")
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot, offer_problem():
        loan = snapshot.find(loan_id_bytes(loan_id))
        until = snapshot.now + int(DEFAULT_VALIDITY.total_seconds())
        if given.valid_until is not None:
            until = parse_time(given.valid_until, pointer="#/valid_until")
        least = given.min_outstanding or _outstanding(snapshot, loan)
        proof = tuple(bytes.fromhex(one[2:]) for one in given.proof)
        with state.writing() as db:
            sale = service.create(
                db, loan, to, int(given.price), int(least), proof, until, snapshot.now
            )
        response.headers["Location"] = f"/v1/assignments/{sale.assignment_id}"
        return assignment_answer(snapshot, sale)


@router.get(
    "/assignments/{assignment_id}",
    operation_id="get_assignment",
    summary="One transfer with its signatures' state",
    responses=document_responses("assignment_not_found", "index_not_ready"),
)
def get_assignment(
    state: State, response: Response, assignment_id: AssignmentId
) -> schemas.ClaimTransfer:
    """Whoever knows the id may read it: share it with the buyer only."""
    response.headers["Cache-Control"] = "no-store"
    sale = find_assignment(state, assignment_id)
    with state.snapshot(sale.loan_id) as snapshot:
        return assignment_answer(snapshot, sale)


@router.post(
    "/assignments/{assignment_id}/signatures",
    status_code=201,
    operation_id="sign_assignment",
    summary="Hand in a party's signature",
    responses=document_responses(
        "assignment_not_found",
        "validation_failed",
        "signer_not_party",
        "signature_invalid",
        "offer_expired",
        "chain_unavailable",
        "index_not_ready",
    ),
)
def sign_assignment(
    state: State, assignment_id: AssignmentId, given: SignatureInput
) -> schemas.ClaimTransfer:
    """Checked as the book checks it: the account's own key, or ERC-1271 for a contract account."""
    signer = checksum(given.signer, pointer="#/signer")
    sale = find_assignment(state, assignment_id)
    with state.snapshot(sale.loan_id) as snapshot, offer_problem():
        rpc = state.chain(sale.chain_id).rpc
        with state.writing() as db:
            signature = bytes.fromhex(given.signature[2:])
            sale = service.add_signature(db, rpc, sale, signer, signature, snapshot.now)
        return assignment_answer(snapshot, sale)


@router.get(
    "/assignments/{assignment_id}/transaction",
    operation_id="get_assignment_transaction",
    summary="The transaction that moves the claim",
    responses=document_responses("offer_not_signed", "offer_expired", *_REVERTS),
)
def get_assignment_transaction(
    state: State,
    response: Response,
    assignment_id: AssignmentId,
    sender: Sender,
    attestation: Annotated[
        str,
        Query(
            pattern=r"^0x([0-9a-f]{2})*$",
            max_length=8_192,
            description="Of the new holder, where the terms name a gate",
            examples=["0x"],
        ),
    ] = "0x",
) -> Transaction:
    """The new holder sends it if there is a price, which it takes; else anybody may."""
    response.headers["Cache-Control"] = "no-store"
    sale = find_assignment(state, assignment_id)
    with state.snapshot(sale.loan_id) as snapshot, offer_problem():
        account = to_checksum_address(sender)
        data = service.call_of(sale, account, bytes.fromhex(attestation[2:]), snapshot.now)
        _try(state, snapshot, sale, account, data, sale.body.price)
        return transaction(snapshot, data, account, sale.body.price, sale.body.token)


@router.get(
    "/assignments/{assignment_id}/revocation",
    operation_id="get_assignment_revocation",
    summary="The transaction by which the holder takes its signature back",
    responses=document_responses(*_REVERTS),
)
def get_assignment_revocation(
    state: State, response: Response, assignment_id: AssignmentId, sender: Sender
) -> Transaction:
    """Revokes the nonce that the holder signed; the claim stays where it is."""
    response.headers["Cache-Control"] = "no-store"
    sale = find_assignment(state, assignment_id)
    account = to_checksum_address(sender)
    if account != sale.body.from_:
        raise Problem("not_entitled", "Only whoever signed can take the signature back.")
    with state.snapshot(sale.loan_id) as snapshot:
        data = service.revocation_of(sale)
        _try(state, snapshot, sale, account, data, 0)
        return transaction(snapshot, data, account, 0, sale.body.token)


def find_assignment(state: ServerState, assignment_id: str) -> Sale:
    """Raises `Problem`."""
    with state.writing() as db:
        sale = store.get(db, assignment_id)
    if sale is None:
        raise Problem("assignment_not_found", "There is no transfer with this id.")
    return sale


def assignment_answer(snapshot: Snapshot, sale: Sale) -> schemas.ClaimTransfer:
    """A transfer with its typed data, decoded."""
    loan = repository.get_loan(snapshot.db, sale.loan_id)
    body = sale.body
    return schemas.ClaimTransfer(
        assignment_id=sale.assignment_id,
        status=_status(snapshot, sale, loan),
        loan_id=hex_of(sale.loan_id),
        digest=hex_of(sale.digest),
        token=snapshot.token(body.token),
        holder=body.from_,
        to=body.to,
        price=str(body.price),
        min_outstanding=str(sale.least),
        outstanding="0" if loan is None else _outstanding(snapshot, loan),
        typed_data=assignment_typed_data(body, sale.chain_id, sale.book),
        signatures=[
            OfferSignature(signer=sale.parties[role], role=role, signed_at=rfc3339(one.signed_at))
            for role, one in sorted(sale.signatures.items())
        ],
        missing=list(sale.missing),
        created_at=rfc3339(sale.created_at),
        valid_until=rfc3339(sale.deadline),
        as_of=snapshot.as_of(),
    )


def _status(snapshot: Snapshot, sale: Sale, loan: LoanState | None) -> schemas.AssignmentStatus:
    if loan is not None and service.effect_of(sale, loan):
        return "executed"
    if loan is None or not service.is_current(sale, loan):
        return "superseded"
    if snapshot.now > sale.deadline:
        return "expired"
    return "awaiting_signatures" if sale.missing else "signed"


def _outstanding(snapshot: Snapshot, loan: LoanState) -> str:
    return str(owed_at(loan.agreement, loan.stored, snapshot.today).outstanding)


def _try(
    state: ServerState, snapshot: Snapshot, sale: Sale, sender: str, data: bytes, price: int
) -> None:
    node = state.chain(snapshot.chain_id)
    simulator = Simulator(node.rpc, sale.book, node.block_tag)
    simulator.call(sender, data, Transfer(sale.body.token, sender, price))
