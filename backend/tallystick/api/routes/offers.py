"""Offers: from terms to two signatures to the transaction that originates the loan."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from tallystick.api.offer_terms import terms_of, with_plan
from tallystick.api.offer_view import offer_answer, offer_problem
from tallystick.api.problems import Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.loans import State
from tallystick.api.routes.transactions import transaction
from tallystick.api.schemas.offers import (
    Offer,
    OfferTerms,
    SignatureInput,
    Transaction,
)
from tallystick.api.schemas.types import ADDRESS, ADDRESS_PATTERN, checksum
from tallystick.api.simulation import Simulator, Transfer, unavailable
from tallystick.api.snapshot import Snapshot
from tallystick.api.state import ServerState
from tallystick.api.tokens import TokenFacts
from tallystick.indexer import repository
from tallystick.offers import service, store
from tallystick.offers.errors import TermsInvalid
from tallystick.offers.terms import build_agreement, hash_document

router = APIRouter(prefix="/v1/offers", tags=["offers"], route_class=LedgerRoute)

OfferId = Annotated[
    str, Path(max_length=64, examples=["offer_mfrggzdfmztwq2lknnwg23tpoa"], description="Opaque")
]


@router.post(
    "",
    status_code=201,
    operation_id="create_offer",
    summary="Build the agreement to sign",
    responses=document_responses(
        "validation_failed", "terms_invalid", "chain_unavailable", "index_not_ready"
    ),
)
def create_offer(state: State, response: Response, terms: OfferTerms) -> Offer:
    """Fills in installment, quantum, nonces and deadline, checks every bound of the book and shows
    the whole schedule. Costs no gas; nothing is on chain until the loan is originated."""
    with state.snapshot() as first, offer_problem():
        snapshot = first.one_book(terms.chain_id, terms.book)
        decimals = _decimals(snapshot.tokens.facts(terms.token), terms)
        salt, document_hash = _document(terms)
        wanted = with_plan(state.chain(snapshot.chain_id).rpc, terms_of(terms))
        agreement = build_agreement(wanted, document_hash, decimals, snapshot.now)
        with state.writing() as db:
            offer = service.create_offer(
                db,
                agreement,
                snapshot.chain_id,
                snapshot.book,
                salt,
                terms.external_id,
                snapshot.now,
            )
        response.headers["Location"] = f"/v1/offers/{offer.offer_id}"
        return offer_answer(snapshot, offer)


@router.get(
    "/{offer_id}",
    operation_id="get_offer",
    summary="One offer with its signatures' state",
    responses=document_responses("offer_not_found", "index_not_ready"),
)
def get_offer(state: State, response: Response, offer_id: OfferId) -> Offer:
    """Whoever knows the id may read the offer: share it with the other party only."""
    response.headers["Cache-Control"] = "no-store"
    with state.snapshot() as first:
        return offer_answer(*find_offer(state, first, offer_id))


@router.post(
    "/{offer_id}/signatures",
    status_code=201,
    operation_id="sign_offer",
    summary="Hand in a party's signature",
    responses=document_responses(
        "offer_not_found",
        "validation_failed",
        "signer_not_party",
        "signature_invalid",
        "offer_expired",
        "chain_unavailable",
        "index_not_ready",
    ),
)
def sign_offer(state: State, offer_id: OfferId, given: SignatureInput) -> Offer:
    """Checked as the book checks it: the account's own key, or ERC-1271 for a contract account."""
    signer = checksum(given.signer, pointer="#/signer")
    signature = bytes.fromhex(given.signature[2:])
    with state.snapshot() as first, offer_problem():
        snapshot, offer = find_offer(state, first, offer_id)
        rpc = state.chain(offer.chain_id).rpc
        with state.writing() as db:
            offer = service.add_signature(db, rpc, offer, signer, signature, snapshot.now)
        return offer_answer(snapshot, offer)


@router.get(
    "/{offer_id}/transaction",
    operation_id="get_offer_transaction",
    summary="The transaction that originates the loan",
    responses=document_responses(
        "offer_not_found",
        "offer_not_signed",
        "offer_expired",
        "loan_exists",
        "nonce_used",
        "outside_start_window",
        "insufficient_balance",
        "insufficient_allowance",
        "token_refused",
        "transaction_reverts",
        "chain_unavailable",
        "index_not_ready",
    ),
)
def get_transaction(
    state: State,
    response: Response,
    offer_id: OfferId,
    sender: Annotated[
        str | None,
        Query(
            pattern=ADDRESS_PATTERN,
            description="Who will send it: then it is tried out, and a party need not sign",
            examples=[ADDRESS],
        ),
    ] = None,
) -> Transaction:
    """Anybody may send it once all have signed."""
    response.headers["Cache-Control"] = "no-store"
    with state.snapshot() as first, offer_problem():
        snapshot, offer = find_offer(state, first, offer_id)
        data = service.origination(offer, sender, snapshot.now)
        agreement = offer.agreement
        takes = None
        if sender is not None:
            transfer = Transfer(agreement.token, agreement.lender, agreement.principal)
            node = state.chain(offer.chain_id)
            Simulator(node.rpc, offer.book, node.block_tag).call(sender, data, transfer)
            takes = agreement.principal
        return transaction(snapshot, data, sender, takes, agreement.token)


def find_offer(state: ServerState, first: Snapshot, offer_id: str) -> tuple[Snapshot, store.Offer]:
    """The offer, and the index as seen from its book. Raises `Problem`."""
    with state.writing() as db:
        offer = store.get_offer(db, offer_id)
    if (
        offer is None
        or offer.chain_id not in first.views
        or repository.book(first.db, offer.chain_id, offer.book) is None
    ):
        raise Problem("offer_not_found", "There is no offer with this id.")
    return first.at(offer.chain_id, offer.book), offer


def _decimals(token: TokenFacts, terms: OfferTerms) -> int:
    """Raises `TermsInvalid` or `Problem` when the quantum depends on decimals nobody can tell."""
    if token.decimals is not None or terms.quantum is not None:
        return token.decimals or 0
    if not token.asked:
        raise unavailable()
    raise TermsInvalid("token", "does not tell its decimals; is it a token? Or state a quantum")


def _document(terms: OfferTerms) -> tuple[bytes, bytes]:
    document = terms.document
    if document.hash is not None and document.salt is not None:
        return bytes.fromhex(document.salt[2:]), bytes.fromhex(document.hash[2:])
    salt = secrets.token_bytes(32)
    return salt, hash_document(salt, document.text or "")
