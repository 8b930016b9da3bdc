"""Who signed a loan's terms, for those who check it themselves."""

from __future__ import annotations

from fastapi import APIRouter

from tallystick.api.problems import Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.loans import LoanId, State
from tallystick.api.schemas.signatures import PartySignature, SignaturesAnswer, SignedTerms
from tallystick.api.snapshot import Snapshot, hex_of, loan_id_bytes
from tallystick.chain.calls import Consents
from tallystick.chain.consents import consents_in
from tallystick.chain.errors import RpcError, RpcRefused
from tallystick.chain.hashing import to_checksum_address
from tallystick.chain.rpc import Rpc
from tallystick.chain.typed_data import amendment_digest
from tallystick.indexer import repository
from tallystick.loans.events import Amended, Originated
from tallystick.loans.members import NO_ADDRESS
from tallystick.offers.store import Role

router = APIRouter(prefix="/v1/loans", tags=["loans"], route_class=LedgerRoute)


@router.get(
    "/{loan_id}/signatures",
    operation_id="get_loan_signatures",
    summary="Who signed the terms, from the transactions that put them into force",
    responses=document_responses("loan_not_found", "index_not_ready", "chain_unavailable"),
)
def get_signatures(state: State, loan_id: LoanId) -> SignaturesAnswer:
    """Nothing here need be believed: a signature is checked against its digest, which follows from
    the terms. A signature of a contract account only the chain can judge (ERC-1271)."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        events = repository.events_of(snapshot.db, loan.loan_id)
        put = [event for event in events if isinstance(event, Originated | Amended)]
        node = state.chain(snapshot.chain_id).rpc
        try:
            data = [_signed(snapshot, node, event) for event in put]
        except RpcError as error:
            raise Problem(
                "chain_unavailable", "The node does not answer.", headers={"Retry-After": "5"}
            ) from error
        return SignaturesAnswer(loan_id=hex_of(loan.loan_id), data=data, as_of=snapshot.as_of())


def _signed(snapshot: Snapshot, node: Rpc, event: Originated | Amended) -> SignedTerms:
    terms, digest = event.agreement, event.loan_id
    if isinstance(event, Amended):
        digest = amendment_digest(terms, event.amendment, snapshot.chain_id, snapshot.book)
    sent = node.call("eth_getTransactionByHash", hex_of(event.ref.tx_hash))
    if sent is None:
        raise Problem("chain_unavailable", "The node does not know the transaction.")
    consents = consents_in(bytes.fromhex(sent["input"][2:]), terms) or Consents()
    given: list[tuple[Role, str, bytes]] = [
        ("borrower", terms.borrower, consents.borrower),
        ("lender", terms.lender, consents.lender),
    ]
    if terms.conditions.guarantor != NO_ADDRESS:
        given.append(("guarantor", terms.conditions.guarantor, consents.guarantor))
    parties = [
        PartySignature(role=role, account=account, signature=hex_of(one) if one else None)
        for role, account, one in given
    ]
    whole = all(party.signature for party in parties)
    return SignedTerms(
        kind="amendment" if isinstance(event, Amended) else "agreement",
        digest=hex_of(digest),
        parties=parties,
        sender=to_checksum_address(sent["from"]),
        transaction=None if whole else _raw(node, event.ref.tx_hash),
        chain=snapshot.reference(event.ref),
    )


def _raw(node: Rpc, tx_hash: bytes) -> str | None:
    """Not every node tells whole transactions."""
    try:
        found: str | None = node.call("eth_getRawTransactionByHash", hex_of(tx_hash))
    except RpcRefused:
        return None
    return found
