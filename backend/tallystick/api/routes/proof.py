"""A loan's proof, for those who do not trust this server."""

from __future__ import annotations

from fastapi import APIRouter

from tallystick.api.problems import Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.loans import LoanId, State
from tallystick.api.snapshot import loan_id_bytes
from tallystick.chain.errors import RpcError
from tallystick.indexer import repository
from tallystick.proof.document import ProofDocument
from tallystick.proof.errors import ProofUnavailable

router = APIRouter(prefix="/v1/loans", tags=["loans"], route_class=LedgerRoute)


@router.get(
    "/{loan_id}/proof",
    operation_id="get_loan_proof",
    summary="Proof of state, terms and history against a block hash",
    responses=document_responses(
        "loan_not_found", "index_not_ready", "chain_unavailable", "proof_unavailable"
    ),
)
def get_proof(state: State, loan_id: LoanId) -> ProofDocument:
    """Check it with `tallystick verify`, or in the loan's page, against the hash of `block` from a
    source that you trust; neither asks this server or a node.

    `witness` holds headers and trie nodes, each found by its hash. They lead from the block hash to
    the loan's word in the book's storage (EIP-1186) and, over `steps`, to each receipt that holds
    an event of the loan. The events add up to the storage, so none that moved money can be missing.
    """
    from tallystick.proof.build import build  # tries and RLP load slowly, and few ask for proofs

    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        node, head = state.chain(snapshot.chain_id).rpc, snapshot.head.hash
        blocks = {event.ref.block_hash for event in repository.events_of(snapshot.db, loan.loan_id)}
    try:
        return build(node, loan, blocks, head)
    except ProofUnavailable as error:
        raise Problem("proof_unavailable", f"{error}.", headers={"Retry-After": "5"}) from error
    except RpcError as error:
        raise Problem(
            "chain_unavailable", "The node does not answer.", headers={"Retry-After": "5"}
        ) from error
