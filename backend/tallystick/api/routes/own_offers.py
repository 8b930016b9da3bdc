"""The offers that one has signed as a lender, and taking a signature back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tallystick.api.offer_view import offer_status
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.claims import wallets_of
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.offers import OfferId, find_offer
from tallystick.api.routes.transactions import transaction
from tallystick.api.schemas.agreement import AgreementTerms
from tallystick.api.schemas.offers import OfferPage, OfferSummary, Transaction
from tallystick.api.schemas.types import ADDRESS, ADDRESS_PATTERN, rfc3339
from tallystick.api.simulation import Simulator, Transfer
from tallystick.api.snapshot import Snapshot, hex_of
from tallystick.api.state import ServerState
from tallystick.chain.calls import revoke_nonce_call
from tallystick.chain.errors import RpcError
from tallystick.chain.hashing import keccak, to_checksum_address
from tallystick.chain.words import address_word, word
from tallystick.offers import store
from tallystick.offers.store import Offer

own = APIRouter(prefix="/v1/me/offers", tags=["offers"], route_class=PrivateRoute)
router = APIRouter(prefix="/v1/offers", tags=["offers"], route_class=LedgerRoute)

_IS_NONCE_USED = keccak(text="isNonceUsed(address,uint256)")[:4]


@own.get(
    "",
    operation_id="list_my_offers",
    summary="Offers that one has signed as a lender, newest first",
    responses=session_responses("validation_failed", "cursor_unknown", "index_not_ready"),
)
def list_offers(
    state: State,
    access: Gate,
    caller: Who,
    limit: Annotated[int, Query(ge=1, le=100, description="At most so many", examples=[25])] = 25,
    starting_after: Annotated[
        str | None,
        Query(
            max_length=64,
            description="The last `offer_id` of the page before",
            examples=["offer_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ] = None,
) -> OfferPage:
    """Anybody may prepare an offer in one's name; only signed ones bind and are listed. A signature
    that was taken back on chain is told by `withdrawn`, null while the node does not answer."""
    with state.snapshot() as snapshot, state.writing() as db:
        after = None if starting_after is None else store.get_offer(db, starting_after)
        if starting_after is not None and after is None:
            raise Problem("cursor_unknown", "Start from the first page.")
        found = store.signed_by_lenders(db, wallets_of(access, caller), after, limit + 1)
        here = [one for one in found if one.chain_id in snapshot.views]
        data = [_summary(state, snapshot, one) for one in here[:limit]]
        return OfferPage(data=data, has_more=len(found) > limit, as_of=snapshot.as_of())


@router.get(
    "/{offer_id}/revocation",
    operation_id="get_offer_revocation",
    summary="The transaction by which a party takes its signature back",
    responses=document_responses(
        "offer_not_found",
        "validation_failed",
        "not_entitled",
        "nonce_used",
        "transaction_reverts",
        "chain_unavailable",
        "index_not_ready",
    ),
)
def get_offer_revocation(
    state: State,
    response: Response,
    offer_id: OfferId,
    sender: Annotated[
        str, Query(pattern=ADDRESS_PATTERN, description="The party", examples=[ADDRESS])
    ],
) -> Transaction:
    """Revokes the nonce that the party signed: nobody can originate the loan with it any more."""
    response.headers["Cache-Control"] = "no-store"
    account = to_checksum_address(sender)
    with state.snapshot() as first:
        snapshot, offer = find_offer(state, first, offer_id)
        data = revoke_nonce_call(_nonce_of(offer, account))
        node = state.chain(offer.chain_id)
        token = offer.agreement.token
        simulator = Simulator(node.rpc, offer.book, node.block_tag)
        simulator.call(account, data, Transfer(token, account, 0))
        return transaction(snapshot, data, account, 0, token)


def _nonce_of(offer: Offer, account: str) -> int:
    conditions = offer.agreement.conditions
    nonces = {
        "borrower": conditions.borrower_nonce,
        "lender": conditions.lender_nonce,
        "guarantor": conditions.guarantor_nonce,
    }
    for role, party in offer.parties.items():
        if party == account:
            return nonces[role]
    raise Problem("not_entitled", "Only a party of the offer can take its signature back.")


def _summary(state: ServerState, snapshot: Snapshot, offer: Offer) -> OfferSummary:
    view, terms = snapshot.at(offer.chain_id, offer.book), offer.agreement
    status = offer_status(view, offer)
    return OfferSummary(
        offer_id=offer.offer_id,
        status=status,
        withdrawn=_withdrawn(state, offer) if status not in ("originated", "expired") else False,
        loan_id=hex_of(offer.loan_id),
        borrower=terms.borrower,
        lender=terms.lender,
        token=view.token(terms.token),
        principal=str(terms.principal),
        annual_rate=str(terms.annual_rate),
        frequency=AgreementTerms.of(terms).frequency,
        every=terms.every,
        count=terms.count,
        created_at=rfc3339(offer.created_at),
        valid_until=rfc3339(terms.conditions.deadline),
    )


def _withdrawn(state: ServerState, offer: Offer) -> bool | None:
    terms = offer.agreement
    call = _IS_NONCE_USED + address_word(terms.lender) + word(terms.conditions.lender_nonce)
    node = state.chain(offer.chain_id)
    try:
        request = {"to": offer.book, "data": "0x" + call.hex()}
        return int(str(node.prompt_rpc.call("eth_call", request, node.block_tag)), 16) == 1
    except RpcError:
        return None
